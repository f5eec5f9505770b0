import type { JsonObject } from '../../config/canonical.ts';
import { documentFor } from '../../config/overlay.ts';
import { switchedOff } from '../../config/switches.ts';
import { checkOffer, type Envelope, type OfferChecked, type Terms } from '../../rollout/signed/envelope.ts';
import { verifyEd25519 } from '../../rollout/signed/signature.ts';
import { type Signed, type Statement, signerOf, type Verify } from '../../rollout/signed/signed.ts';
import type { Demands } from '../options.ts';
import type { ShellOptions } from './ports.ts';

/** A statement for this instance, if control signed it; what cannot even be read is not believed. */
export function verified<Body extends Statement & { instance: string }>(
  statement: Signed<Body>,
  { keys, instance }: Pick<Terms, 'keys' | 'instance'>,
  signature: Verify = verifyEd25519,
): Body | undefined {
  try {
    const { body } = statement;
    const signer = signerOf(statement, keys, signature);
    return signer?.role === 'control' && body.instance === instance ? body : undefined;
  } catch {
    // No canonical form (a lone surrogate, say): nobody can have signed it.
    return undefined;
  }
}

/** R2: signatures, receipts, approvals, hash. `now`: ms since the epoch. */
export function checked(
  envelope: Envelope,
  terms: Terms,
  now: number,
  signature: Verify = verifyEd25519,
): OfferChecked {
  try {
    return checkOffer(envelope, terms, signature, now);
  } catch (error) {
    return { ok: false, cause: `cannot be checked: ${error instanceof Error ? error.message : error}` };
  }
}

/** What this instance insists on; by default more where payments are real. */
export function termsOf(
  { kind, environment, instance, keys, demands, limits }: ShellOptions,
  served: () => JsonObject,
): Terms {
  const byDefault: Demands =
    environment === 'testing'
      ? { receipts: null, people: 0, clockSkewMs: 5_000 }
      : { receipts: { environment: 'testing', count: 1 }, people: 1, clockSkewMs: 5_000 };
  return {
    ...byDefault,
    ...demands,
    needsNobody: (content) => switchedOff(kind, served(), documentFor(content, environment)) !== undefined,
    instance,
    environment,
    service: kind.service,
    schemas: [kind.id],
    keys: keys(),
    maxLeaseMs: limits.maxLeaseMs,
    maxBreakGlassLeaseMs: limits.maxBreakGlassLeaseMs,
  };
}
