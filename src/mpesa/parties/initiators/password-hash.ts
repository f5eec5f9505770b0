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

/** What was right once, for a hash of a password. */
export interface Proved {
  has(said: string, hash: string): boolean;
  add(said: string, hash: string): void;
}

/**
 * The most recent ones, in memory alone. What was said is not kept: only what a key of this process makes of
 * it. It counts for one hash, so a password that was changed is proved again.
 */
export function proved(): Proved {
  const key = randomBytes(32);
  const known = new LRUCache<string, true>({ max: MAX_PROVED });
  const digest = (said: string, hash: string) =>
    createHmac('sha256', key).update(hash).update('\n').update(said).digest('latin1');
  return {
    has: (said, hash) => known.has(digest(said, hash)),
    add: (said, hash) => known.set(digest(said, hash), true),
  };
}

/**
 * A password that was right is remembered, in memory and under a key of this process: who asks often pays
 * once.
 */
export function passwordCheck(): PasswordCheck {
  const right = proved();
  return async (password, hash) => {
    if (right.has(password, hash)) return true;
    const [, salt = '', expected = ''] = hash.split('$');
    const derived = await derive(password, Buffer.from(salt, 'base64'));
    const wanted = Buffer.from(expected, 'base64');
    if (derived.length !== wanted.length || !timingSafeEqual(derived, wanted)) return false;
    right.add(password, hash);
    return true;
  };
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
