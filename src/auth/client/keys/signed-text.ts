import { type KeyObject, verify } from 'node:crypto';
import { signatureAlgorithm } from '../../wire.ts';
import { isObject, parseJson } from './key-set.ts';

/** A JSON Web Signature (RFC 7515) of ours, read and not yet believed. */
export interface SignedText {
  keyId: string;
  type: string;
  claims: Record<string, unknown>;
  signature: Buffer;
  signedBytes: Buffer;
}

const mostKeyIdLength = 128;

/** `undefined` when it is not one: another algorithm, a critical extension, another form. */
export function parseSigned(text: string): SignedText | undefined {
  const [, header, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(text) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const head = decoded(header);
  const claims = decoded(payload);
  if (head === undefined || claims === undefined) return undefined;
  const { alg, kid, typ, crit } = head;
  if (alg !== signatureAlgorithm || crit !== undefined || typeof typ !== 'string') return undefined;
  if (typeof kid !== 'string' || kid.length > mostKeyIdLength) return undefined;
  return {
    keyId: kid,
    type: typ,
    claims,
    signature: Buffer.from(signature, 'base64url'),
    signedBytes: Buffer.from(`${header}.${payload}`),
  };
}

/**
 * Whether the key signed it. Synchronous, 130 µs: WebCrypto would queue behind every other job of the thread
 * pool, which is where a slow disk or resolver is felt.
 */
export function signedBy({ signedBytes, signature }: SignedText, publicKey: KeyObject): boolean {
  return verify(null, signedBytes, publicKey, signature);
}

function decoded(part: string): Record<string, unknown> | undefined {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return isObject(value) ? value : undefined;
}
