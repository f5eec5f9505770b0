import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import type { Deadline } from '../../platform/deadline.ts';
import { longestTokenLifetimeSeconds, signedTypes } from '../wire.ts';
import type { Keys } from './keys.ts';
import type { Revocations } from './revocations.ts';
import type { AuthClientSettings } from './settings.ts';
import { parseSigned, type SignedText, signedBy } from './signed-text.ts';
import type { AuthClient, TokenClaims, Verification } from './types.ts';

interface Verified {
  keyId: string;
  publicKey: KeyObject;
  accepted: Extract<Verification, { ok: true }>;
}

const mostRemembered = 50_000;
const longestToken = 4_096;

const no = (reason: Extract<Verification, { ok: false }>['reason']): Verification =>
  Object.freeze({ ok: false, reason });
const malformed = no('malformed');
const expired = no('expired');
const badSignature = no('bad_signature');
const revoked = no('revoked');
const unknownKey = no('unknown_key');
const unavailable = no('unavailable');

/**
 * Verifies tokens from memory. A token whose signature was verified is remembered with the key that verified it; its
 * expiry, its revocation and that the key still stands are looked at every time, so nothing has to be emptied.
 */
export function createVerifier({
  settings,
  clock,
  keys,
  revocations,
}: {
  settings: () => AuthClientSettings;
  clock: Clock;
  keys: Pick<Keys, 'get' | 'find'>;
  revocations: Pick<Revocations, 'has'>;
}): AuthClient['verify'] {
  const remembered = new LRUCache<string, Verified>({ max: mostRemembered });

  function verify(token: string, deadline: Deadline): Verification | Promise<Verification> {
    const seen = remembered.get(token);
    if (seen !== undefined && keys.get(seen.keyId)?.publicKey === seen.publicKey)
      return current(seen.accepted);
    if (token.length > longestToken) return malformed;
    const signed = parseSigned(token);
    if (signed === undefined || signed.type !== signedTypes.token) return malformed;
    const claims = tokenClaims(signed.claims, settings().issuer);
    if (claims === undefined) return malformed;
    // An expired token never costs a signature or a question.
    if (isExpired(claims)) return expired;
    const key = keys.get(signed.keyId);
    return key === undefined
      ? withUnknownKey(token, signed, claims, deadline)
      : withKey(token, signed, claims, key.publicKey);
  }

  async function withUnknownKey(
    token: string,
    signed: SignedText,
    claims: TokenClaims,
    deadline: Deadline,
  ): Promise<Verification> {
    const key = await keys.find(signed.keyId, deadline);
    if (key === 'unknown') return unknownKey;
    if (key === 'unavailable') return unavailable;
    return withKey(token, signed, claims, key.publicKey);
  }

  function withKey(
    token: string,
    signed: SignedText,
    claims: TokenClaims,
    publicKey: KeyObject,
  ): Verification {
    if (!signedBy(signed, publicKey)) return badSignature;
    const accepted = Object.freeze({ ok: true, claims: Object.freeze(claims) } as const);
    remembered.set(token, { keyId: signed.keyId, publicKey, accepted });
    return current(accepted);
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

function tokenClaims(
  { sub, jti, iat, exp, iss }: Record<string, unknown>,
  issuer: string,
): TokenClaims | undefined {
  if (typeof sub !== 'string' || typeof jti !== 'string' || iss !== issuer) return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  if (exp - iat > longestTokenLifetimeSeconds + 1) return undefined;
  return { appId: sub, tokenId: jti, issuedAt: iat, expiresAt: exp };
}
