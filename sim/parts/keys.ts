import { hash } from 'node:crypto';
import type { Signer, TrustedKey, Verify } from '../../src/rollout/signed/signed.ts';

/**
 * Signatures that cost nothing and are the same in every run: everyone who has a key's name can make them,
 * and nobody in the simulation makes those of another but the forger, who is given a key that nobody trusts.
 */
export function signerOf(id: string): Signer {
  return { key: id, sign: (bytes) => seal(publicOf(id), bytes) };
}

export function trusted(role: TrustedKey['role'], owner: string, environment?: string): TrustedKey {
  const id = `key-of-${owner}`;
  const key = { id, publicKey: publicOf(id), role, owner };
  return environment === undefined ? key : { ...key, environment };
}

export const verify: Verify = (publicKey, bytes, signature) => signature === seal(publicKey, bytes);

function publicOf(id: string): string {
  return `public-${id}`;
}

function seal(publicKey: string, bytes: Uint8Array): string {
  return hash('sha1', Buffer.concat([Buffer.from(publicKey), bytes]));
}
