import { type Static, Type } from 'typebox';
import type { JsonObject } from '../../config/canonical.ts';
import { isIntact } from '../../config/release.ts';
import { ApprovalBody, checkApprovals } from './approval.ts';
import { type LeaseCaps, longestLeaseMs } from './lease.ts';
import { checkReceipts, ReceiptBody, type ReceiptRule } from './receipt.ts';
import { type Signed, SignedBody, signerOf, type TrustedKey, type Verify } from './signed.ts';

export const ReleaseBody = Type.Object({
  service: Type.String(),
  schema: Type.String(),
  sequence: Type.Integer({ minimum: 1 }),
  content: Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown())),
  hash: Type.String({ maxLength: 128 }),
  parent: Type.Union([Type.String(), Type.Null()]),
  author: Type.String(),
  reason: Type.String(),
  createdAt: Type.Number(),
});

/**
 * What control offers to one instance: the release, the proof that it may be offered, and the terms of the
 * loan.
 */
export const OfferBody = Type.Object({
  kind: Type.Literal('imara.offer/1'),
  /**
   * Grows with everything control sends about releases; an instance takes nothing older than what it has
   * seen.
   */
  order: Type.Integer({ minimum: 1 }),
  rollout: Type.String({ minLength: 1, maxLength: 200 }),
  /** From 2: control knows that this instance refused or left the attempts before, and offers it again. */
  attempt: Type.Optional(Type.Integer({ minimum: 1 })),
  instance: Type.String(),
  environment: Type.String(),
  release: ReleaseBody,
  /** The release N−1 that undo goes back to; `null`: what the service has built in. */
  undoTo: Type.Union([Type.String(), Type.Null()]),
  leaseMs: Type.Number({ minimum: 0 }),
  breakGlass: Type.Boolean(),
  receipts: Type.Array(SignedBody(ReceiptBody), { maxItems: 64 }),
  approvals: Type.Array(SignedBody(ApprovalBody), { maxItems: 16 }),
});
export type Offer = Static<typeof OfferBody>;

/** The offer as it travels; check what comes from the network against it before `checkOffer`. */
export const Envelope = SignedBody(OfferBody);
export type Envelope = Signed<Offer>;

/** What this instance insists on. It is part of the installation, not of the configuration under test. */
export interface Terms extends LeaseCaps {
  readonly instance: string;
  readonly service: string;
  readonly environment: string;
  /** Schema ids that this build understands. */
  readonly schemas: readonly string[];
  readonly keys: readonly TrustedKey[];
  /** R2. `null` in the testing environment only: there is no earlier stage. */
  readonly receipts: ReceiptRule | null;
  /** Approvals wanted for the environment. */
  readonly people: number;
  /**
   * Whether a content needs nobody's approval, as this instance sees it: it only switches off what is served
   * now.
   */
  readonly needsNobody?: (content: JsonObject) => boolean;
  /** By how much clocks of different machines may differ. */
  readonly clockSkewMs: number;
}

export type OfferChecked = { ok: true; offer: Offer } | { ok: false; cause: string };

/** Everything about an offer that can be decided without trying the release. `now`: ms since the epoch. */
export function checkOffer(envelope: Envelope, terms: Terms, verify: Verify, now: number): OfferChecked {
  const offer = envelope.body;
  const refuse = (cause: string): OfferChecked => ({ ok: false, cause });
  if (signerOf(envelope, terms.keys, verify)?.role !== 'control') return refuse('not signed by control');
  if (offer.instance !== terms.instance || offer.environment !== terms.environment) {
    return refuse(`meant for ${offer.instance} in ${offer.environment}`);
  }
  const { release } = offer;
  if (release.service !== terms.service) return refuse(`a release of ${release.service}`);
  if (!terms.schemas.includes(release.schema)) return refuse(`schema ${release.schema} is not known here`);
  if (!isIntact(release)) return refuse('the content is not the one that its hash names');

  const maxLeaseMs = longestLeaseMs(terms, offer.breakGlass);
  if (offer.leaseMs > maxLeaseMs)
    return refuse(`a lease of ${offer.leaseMs} ms where ${maxLeaseMs} are allowed`);

  const approvals = checkApprovals(
    offer.approvals,
    {
      rollout: offer.rollout,
      service: release.service,
      environment: offer.environment,
      release: release.hash,
      undoTo: offer.undoTo,
      breakGlass: offer.breakGlass,
      author: release.author,
      people: terms.needsNobody?.(release.content) === true ? 0 : terms.people,
    },
    terms.keys,
    verify,
  );
  if (!approvals.ok) return approvals;
  if (terms.receipts === null) return { ok: true, offer };
  const receipts = checkReceipts(
    offer.receipts,
    {
      service: release.service,
      hash: release.hash,
      rule: terms.receipts,
      clockSkewMs: terms.clockSkewMs,
    },
    terms.keys,
    verify,
    now,
  );
  return receipts.ok ? { ok: true, offer } : receipts;
}
