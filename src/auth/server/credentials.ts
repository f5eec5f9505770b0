import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { type App, findApp } from './apps.ts';
import { hashSecret, secretMatches } from './secrets.ts';

export type CredentialCheck =
  | { ok: true; appId: string }
  | { ok: false; reason: 'bad_credentials' | 'unavailable' };

export interface Credentials {
  consumerKey: string;
  consumerSecret: string;
}

interface Verified {
  appId: string;
  secretHash: string;
  /** Keyed hash of the secret under a key of this process alone: cheap to compare, useless elsewhere. */
  mark: Buffer;
  checkedAtMs: number;
}

/**
 * For that long a verified secret is taken without asking the database: a disabled app stops this much later.
 */
export const freshMs = 10_000;
/** With the database gone a secret verified within this time is still taken. */
const staleMs = 15 * 60_000;
/** Well below the time in which a client expects an answer: what is in memory must still be in time. */
const databaseTimeoutMs = 400;
/** After a failure the database is not waited for, if the answer is in memory. */
const restMs = 1_000;

/**
 * Checks consumer keys and secrets against the app rows. A secret costs its slow hash once; after that a
 * client that fetches a token for every call costs a keyed hash, and a row every ten seconds.
 */
export function createCredentialCheck({
  database,
  clock,
  log,
}: {
  database: Database;
  clock: Clock;
  log: Log;
}): (credentials: Credentials, deadline: Deadline) => Promise<CredentialCheck> {
  const verified = new LRUCache<string, Verified>({ max: 10_000 });
  const processKey = randomBytes(32);
  // What an unknown consumer key is compared with, so that it takes as long as a wrong secret.
  const nobody = hashSecret(randomBytes(32).toString('base64url'));
  let databaseRestsUntilMs = 0;

  return async ({ consumerKey, consumerSecret }, deadline) => {
    const mark = createHmac('sha256', processKey).update(consumerSecret).digest();
    const entry = verified.get(consumerKey);
    const known = entry !== undefined && timingSafeEqual(entry.mark, mark) ? entry : undefined;
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.checkedAtMs;
    if (known !== undefined && ageMs < freshMs) return { ok: true, appId: known.appId };

    const inMemory = known !== undefined && ageMs < staleMs ? known : undefined;
    const resting = clock.now() < databaseRestsUntilMs;
    const app = resting && inMemory !== undefined ? 'unreachable' : await appRow(consumerKey, deadline);
    if (app === 'unreachable') {
      return inMemory === undefined
        ? { ok: false, reason: 'unavailable' }
        : { ok: true, appId: inMemory.appId };
    }
    if (app === undefined || app.secretHash !== known?.secretHash) {
      const matches = await hashMatches(consumerSecret, app?.secretHash ?? (await nobody), deadline);
      if (matches === 'unknown') return { ok: false, reason: 'unavailable' };
      if (!matches || app === undefined) return { ok: false, reason: 'bad_credentials' };
    }
    if (app.state !== 'active') {
      verified.delete(consumerKey);
      return { ok: false, reason: 'bad_credentials' };
    }
    verified.set(consumerKey, {
      appId: app.id,
      secretHash: app.secretHash,
      mark,
      checkedAtMs: clock.now(),
    });
    return { ok: true, appId: app.id };
  };

  async function appRow(consumerKey: string, deadline: Deadline): Promise<App | undefined | 'unreachable'> {
    try {
      return await within(Deadline.in(databaseTimeoutMs, deadline), 'app row', () =>
        findApp(database, consumerKey),
      );
    } catch (error) {
      // A line for each rest, not for each request.
      if (clock.now() >= databaseRestsUntilMs) log.warn({ err: error }, 'the apps cannot be read');
      databaseRestsUntilMs = clock.now() + restMs;
      return 'unreachable';
    }
  }

  async function hashMatches(
    secret: string,
    hashed: string,
    deadline: Deadline,
  ): Promise<boolean | 'unknown'> {
    try {
      return await within(deadline, 'secret hash', () => secretMatches(secret, hashed));
    } catch (error) {
      log.warn({ err: error }, 'a secret could not be checked');
      return 'unknown';
    }
  }
}
