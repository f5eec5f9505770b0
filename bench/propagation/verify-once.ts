import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Verify } from '../../src/rollout/signed/signed.ts';

const keys = new Map<string, KeyObject>();
const verified = new Map<string, Buffer>();

/**
 * Real Ed25519; but receipts and approvals are the same for all agents of a wave, and what a thousand
 * machines would check at once is checked here once a process.
 */
export const verifyOnce: Verify = (publicKey, bytes, signature) => {
  const before = verified.get(`${publicKey} ${signature}`);
  if (before?.equals(bytes) === true) return true;
  const key =
    keys.get(publicKey) ??
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  keys.set(publicKey, key);
  const good = verify(null, bytes, key, Buffer.from(signature, 'base64url'));
  if (good) verified.set(`${publicKey} ${signature}`, Buffer.from(bytes));
  return good;
};
