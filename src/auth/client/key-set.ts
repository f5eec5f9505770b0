import { createPublicKey, type KeyObject } from 'node:crypto';
import { generationOf } from '../token.ts';
import { type KeyDocument, type PublicJwk, signatureAlgorithm, thumbprint } from '../wire.ts';
import { type Failure, failure } from './failure.ts';

export interface KnownKey {
  jwk: PublicJwk;
  publicKey: KeyObject;
  /** What tokens name it by. */
  generation: number;
  /** When a server last published it, by this process's clock. */
  seenAtMs: number;
}

/** By key id. */
export type KnownKeys = ReadonlyMap<string, KnownKey>;

const mostKeys = 64;

/** Reads a key document. Each key's id must be its thumbprint (RFC 7638): no set can put another key under an id we know. */
export function parseKeys(
  text: string,
  issuer: string,
  nowMs: number,
): { ok: true; keys: KnownKeys } | Failure {
  const document = parseJson(text);
  if (!isObject(document) || !Array.isArray(document.keys)) {
    return failure('wrong_answer', 'the answer is not a key set');
  }
  if (document.issuer !== issuer) {
    return failure('wrong_issuer', `the keys are of ${JSON.stringify(document.issuer)}, not of "${issuer}"`);
  }
  const keys = new Map<string, KnownKey>();
  for (const entry of document.keys.slice(0, mostKeys)) {
    const key = usableKey(entry);
    if (key !== undefined) keys.set(key.jwk.kid, { ...key, seenAtMs: nowMs });
  }
  if (keys.size === 0) return failure('no_keys', 'the key set has no usable key');
  return { ok: true, keys };
}

/**
 * What is known after a server published `published`. A set that shares a key with what is known continues it, and
 * takes its place. A set that shares none is another history (a wrong server, a lost database): it is added, and what
 * is known stays until it is stale, because tokens signed with it may be good.
 */
export function mergeKeys(known: KnownKeys, published: KnownKeys): { keys: KnownKeys; continues: boolean } {
  const continues = known.size === 0 || [...published.keys()].some((id) => known.has(id));
  // The key object of a known key is kept: verified tokens are remembered together with it.
  const added = [...published].map(([id, key]): [string, KnownKey] => [
    id,
    { ...key, publicKey: known.get(id)?.publicKey ?? key.publicKey },
  ]);
  const all = continues ? added : [...known, ...added];
  const newest = all.toSorted(([, a], [, b]) => b.seenAtMs - a.seenAtMs).slice(0, mostKeys);
  return { keys: new Map(newest), continues };
}

/** The document that would publish these keys: what is kept on disk. */
export function keyDocument(keys: KnownKeys, issuer: string): KeyDocument {
  return { issuer, keys: [...keys.values()].map(({ jwk }) => jwk) };
}

function usableKey(entry: unknown): Omit<KnownKey, 'seenAtMs'> | undefined {
  if (!isObject(entry)) return undefined;
  const { kty, crv, x, kid } = entry;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || kid !== thumbprint(x)) return undefined;
  const jwk: PublicJwk = { kty, crv, x, kid, alg: signatureAlgorithm, use: 'sig' };
  try {
    const publicKey = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
    return { jwk, publicKey, generation: generationOf(jwk.kid) };
  } catch {
    // Not a point of the curve: the server's fault, like any other unusable entry.
    return undefined;
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
