import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';

// Passwords that people choose: kept as `scrypt$<salt>$<hash>`, base64. One check takes some 50 ms of a
// thread of Node's pool.
const COST: ScryptOptions = { N: 16_384, r: 8, p: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return `scrypt$${salt.toString('base64')}$${(await derive(password, salt)).toString('base64')}`;
}

/** Whether the password is the one that was hashed. */
export type PasswordCheck = (password: string, hash: string) => Promise<boolean>;

const MAX_PROVED = 10_000;

/**
 * A password that was right is remembered, in memory and under a key of this process: who asks often pays
 * once.
 */
export function passwordCheck(): PasswordCheck {
  const key = randomBytes(32);
  const digest = (password: string) => createHmac('sha256', key).update(password).digest();
  const proved = new LRUCache<string, Buffer>({ max: MAX_PROVED });
  return async (password, hash) => {
    const known = proved.get(hash);
    const mine = digest(password);
    if (known !== undefined && timingSafeEqual(known, mine)) return true;
    const [, salt = '', expected = ''] = hash.split('$');
    const derived = await derive(password, Buffer.from(salt, 'base64'));
    const wanted = Buffer.from(expected, 'base64');
    if (derived.length !== wanted.length || !timingSafeEqual(derived, wanted)) return false;
    proved.set(hash, mine);
    return true;
  };
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
