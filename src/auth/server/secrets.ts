import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { bulkhead } from 'cockatiel';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt);

const cost = { N: 16_384, r: 8, p: 1 };
const bytes = 32;
// Half of libuv's pool: hashing must not keep signing, files and the database's TLS waiting. Over the queue:
// refused.
const hashing = bulkhead(2, 64);

/** `scrypt$N$r$p$salt$hash`: the parameters travel with the hash, so that they can be raised later. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, bytes, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether `secret` is the one hashed. Rejects with cockatiel's `BulkheadRejectedError` when too many wait.
 */
export function secretMatches(secret: string, hashed: string): Promise<boolean> {
  return hashing.execute(async () => {
    const [kind, n, r, p, salt, hash] = hashed.split('$');
    if (kind !== 'scrypt' || salt === undefined || hash === undefined) {
      throw new Error('a stored secret hash has an unknown form');
    }
    const expected = Buffer.from(hash, 'base64url');
    const parameters = { N: Number(n), r: Number(r), p: Number(p) };
    const actual = await derive(secret, Buffer.from(salt, 'base64url'), expected.length, parameters);
    return timingSafeEqual(actual, expected);
  });
}

/** 32 random alphanumeric characters, as the vendor's portal gives. */
export function randomCredential(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 = 4 × 62: beyond it some letters would come more often.
      if (byte < 248 && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
