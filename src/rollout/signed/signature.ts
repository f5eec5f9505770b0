import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { Signer, TrustedKey, Verify } from './signed.ts';

/** The real Ed25519; everything else here takes it as a parameter. */
export const verifyEd25519: Verify = (publicKey, bytes, signature) => {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    return verify(null, bytes, key, Buffer.from(signature, 'base64url'));
  } catch {
    // A malformed key or signature is one that does not verify.
    return false;
  }
};

export interface KeyPair {
  /** Base64url of the raw 32 bytes. */
  publicKey: string;
  /** PKCS #8 in PEM; secret. */
  privateKey: string;
}

export function newKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key has an x');
  return { publicKey: x, privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
}

export function signerEd25519(key: string, privateKey: string): Signer {
  const loaded = createPrivateKey(privateKey);
  return { key, sign: (bytes) => sign(null, bytes, loaded).toString('base64url') };
}

/** By what name a key is trusted. */
export function keyId(role: TrustedKey['role'], publicKey: string): string {
  return `${role}-${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`;
}

/** Base64url of the raw 32 bytes; `privateKey`: Ed25519, PEM. */
export function publicKeyOf(privateKey: string): string {
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty !== 'OKP' || crv !== 'Ed25519' || x === undefined)
    throw new Error('the key must be an Ed25519 private key in PEM');
  return x;
}

/** What a testing instance signs receipts with: the key that `imara service key` printed. */
export function instanceSigner(privateKey: string): Signer {
  return signerEd25519(keyId('instance', publicKeyOf(privateKey)), privateKey);
}
