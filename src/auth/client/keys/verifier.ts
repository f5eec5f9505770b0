import { type KeyObject, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../../platform/clock.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import { type ParsedToken, parseToken, tokenCode, tokenMacKey } from '../../token.ts';
import type { AuthClientSettings } from '../settings.ts';
import type { AuthClient, TokenClaims, Verification } from '../types.ts';
import type { KnownKey } from './key-set.ts';
import type { Keys } from './keys.ts';
import type { Revocations } from './revocations.ts';

interface Verified {
  keyId: string;
  publicKey: KeyObject;
  accepted: Extract<Verification, { ok: true }>;
}

const mostRemembered = 50_000;
/** Keys × secrets in use: a few. More would be those of other environments and of the past. */
const mostMacKeys = 256;

const no = (reason: Extract<Verification, { ok: false }>['reason']): Verification =>
  Object.freeze({ ok: false, reason });
const malformed = no('malformed');
const expired = no('expired');
const badSignature = no('bad_signature');
const revoked = no('revoked');
const unknownKey = no('unknown_key');
const unavailable = no('unavailable');

/**
 * Verifies tokens from memory. A token whose code was verified is remembered with the key that it belongs to;
 * its expiry, its revocation and that the key still stands are looked at every time, so nothing has to be
 * emptied.
 */
export function createVerifier({
  settings,
  clock,
  keys,
  revocations,
  tokenSecrets,
}: {
  settings: () => AuthClientSettings;
  clock: Clock;
  keys: Pick<Keys, 'get' | 'ofGeneration' | 'find'>;
  revocations: Pick<Revocations, 'has'>;
  /** One, or two while it is being replaced. */
  tokenSecrets: readonly string[];
}): AuthClient['verify'] {
  const remembered = new LRUCache<string, Verified>({ max: mostRemembered });
  const macKeys = new LRUCache<string, readonly Buffer[]>({ max: mostMacKeys });

  function verify(token: string, deadline: Deadline): Verification | Promise<Verification> {
    const seen = remembered.get(token);
    if (seen !== undefined && keys.get(seen.keyId)?.publicKey === seen.publicKey)
      return current(seen.accepted);
    const parsed = parseToken(token);
    if (parsed === undefined) return malformed;
    // An expired token never costs a code or a question.
    if (isExpired(claimsOf(parsed))) return expired;
    const candidates = keys.ofGeneration(parsed.generation);
    return candidates.length === 0
      ? withUnknownKey(token, parsed, deadline)
      : withKeys(token, parsed, candidates);
  }

  async function withUnknownKey(
    token: string,
    parsed: ParsedToken,
    deadline: Deadline,
  ): Promise<Verification> {
    const found = await keys.find(parsed.generation, deadline);
    if (found === 'unknown') return unknownKey;
    if (found === 'unavailable') return unavailable;
    return withKeys(token, parsed, found);
  }

  function withKeys(token: string, parsed: ParsedToken, candidates: readonly KnownKey[]): Verification {
    const key = candidates.find((candidate) => isMadeWith(parsed, candidate));
    if (key === undefined) return badSignature;
    const claims = Object.freeze(claimsOf(parsed));
    const accepted = Object.freeze({ ok: true, claims } as const);
    remembered.set(token, { keyId: key.jwk.kid, publicKey: key.publicKey, accepted });
    return current(accepted);
  }

  function isMadeWith({ signedBytes, code }: ParsedToken, { jwk }: KnownKey): boolean {
    return macKeysOf(jwk.kid).some((macKey) => timingSafeEqual(tokenCode(signedBytes, macKey), code));
  }

  function macKeysOf(keyId: string): readonly Buffer[] {
    const { issuer } = settings();
    const name = `${keyId} ${issuer}`;
    let derived = macKeys.get(name);
    if (derived === undefined) {
      derived = tokenSecrets.map((secret) => tokenMacKey(secret, keyId, issuer));
      macKeys.set(name, derived);
    }
    return derived;
  }

  function current(accepted: Verified['accepted']): Verification {
    if (isExpired(accepted.claims)) return expired;
    return revocations.has(accepted.claims) ? revoked : accepted;
  }

  function isExpired({ expiresAt }: TokenClaims): boolean {
    return clock.now() / 1_000 >= expiresAt + settings().clockLeewaySeconds;
  }

  return verify;
}

function claimsOf({ appId, tokenId, issuedAtMs, lifetimeMinutes }: ParsedToken): TokenClaims {
  const issuedAt = issuedAtMs / 1_000;
  return { appId, tokenId, issuedAt, expiresAt: issuedAt + lifetimeMinutes * 60 };
}
