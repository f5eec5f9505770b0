import { createPublicKey, type KeyObject } from 'node:crypto';
import { generationOf } from '../../token.ts';
import { type KeyDocument, type PublicJwk, signatureAlgorithm, thumbprint } from '../../wire.ts';
import { type Failure, failure } from '../transport/failure.ts';

export interface KnownKey {
  jwk: PublicJwk;
  publicKey: KeyObject;
  /** What tokens name it by. */
  generation: number;
  /** When a server last published it, by this process's clock. */
  seenAtMs: number;
  /** Of another history than ours: tokens of it are taken, and it says nothing about ours (`mergeKeys`). */
  beside?: true;
}

/** By key id. */
export type KnownKeys = ReadonlyMap<string, KnownKey>;

const mostKeys = 64;

/**
 * Reads a key document. Each key's id must be its thumbprint (RFC 7638): no set can put another key under an
 * id we know.
 */
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
 * What is known after a server published `published`. A set that shares a key with our history continues it,
 * and takes its place. A set that shares none is another history (a wrong server, a lost database): it is
 * kept beside ours, however often it is published, because tokens signed with ours may be good. Once all of
 * ours is stale, what is published is ours.
 */
export function mergeKeys(
  known: KnownKeys,
  published: KnownKeys,
  isFresh: (key: KnownKey) => boolean,
): { keys: KnownKeys; continues: boolean } {
  const ours = [...known].filter(([, key]) => key.beside === undefined);
  const continues = !ours.some(([, key]) => isFresh(key)) || ours.some(([id]) => published.has(id));
  const taken = [...published].map(([id, { beside: _, ...key }]): [string, KnownKey] => [
    id,
    {
      ...key,
      // The key object of a known key is kept: verified tokens are remembered together with it.
      publicKey: known.get(id)?.publicKey ?? key.publicKey,
      ...(continues ? {} : { beside: true }),
    },
  ]);
  const others = new Map([...known].filter(([, key]) => key.beside !== undefined && isFresh(key)));
  for (const [id, key] of continues ? [] : taken) others.set(id, key);
  const newest = [...others].toSorted(([, a], [, b]) => b.seenAtMs - a.seenAtMs).slice(0, mostKeys);
  // Ours come last: an id that is in both is ours, and no number of others pushes them out.
  return { keys: new Map([...newest, ...(continues ? taken : ours)]), continues };
}

/** Without those of another history. */
export function oursOf(keys: KnownKeys): KnownKeys {
  return new Map([...keys].filter(([, key]) => key.beside === undefined));
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
