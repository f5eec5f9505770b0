import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts what rests in the database, under a secret that does not. */
export interface Seal {
  seal(plain: Buffer): Buffer;
  /** `undefined`: sealed under another secret, or changed. */
  open(sealed: Buffer): Buffer | undefined;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM under a key derived from `secret` (HKDF-SHA256): iv, tag, cipher text. `purpose`: what is
 * sealed for one opens for no other.
 */
export function createSeal(secret: string, purpose: string): Seal {
  if (secret.length < 16) throw new Error(`the secret of ${purpose} must have 16 characters`);
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  return {
    seal(plain) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]);
    },
    open(sealed) {
      const iv = sealed.subarray(0, ivBytes);
      const tag = sealed.subarray(ivBytes, ivBytes + tagBytes);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
        decipher.setAuthTag(tag);
        return Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}
