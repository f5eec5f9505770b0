import { constants, type KeyObject, privateDecrypt } from 'node:crypto';
import { readUtf8 } from '../../../../platform/http/plain-text.ts';

/** Bytes of a credential: those of the modulus of a 2048-bit key. */
export const CREDENTIAL_BYTES = 256;
/** 0, 2, at least so many bytes that are not 0, 0, the text (PKCS#1 v1.5, RFC 8017 §7.2). */
const LEAST_PADDING = 8;

/**
 * The text in a SecurityCredential; `undefined`: it was not made with our certificate. The padding is read
 * here, because what a library returns for a wrong one differs: an error, or random bytes that look like a
 * text (implicit rejection). The caller must not let the difference show: an initiator gets the same answer
 * for a wrong padding and a wrong password.
 */
export function decryptCredential(credential: Buffer, key: KeyObject): string | undefined {
  const block = raw(credential, key);
  if (block === undefined || block[0] !== 0 || block[1] !== 2) return undefined;
  const end = block.indexOf(0, 2);
  if (end < 2 + LEAST_PADDING) return undefined;
  return readUtf8(block.subarray(end + 1));
}

function raw(credential: Buffer, key: KeyObject): Buffer | undefined {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, credential);
  } catch {
    // Not of the length of the modulus, or above it.
    return undefined;
  }
}
