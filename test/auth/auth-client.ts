import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { type AuthClientOptions, createAuthClient } from '../../src/auth/client/client.ts';
import { type AuthClientSettings, defaultAuthClientSettings } from '../../src/auth/client/settings.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { lookUntil } from '../../src/platform/loop/look-until.ts';

/** Under which the tokens of the tests are made. */
export const TOKEN_SECRET = 'the token secret of the tests';

/** A client that refreshes many times a second, whose settings and clock the test changes while it runs. */
export function startClient(
  t: TestContext,
  first: Partial<AuthClientSettings>,
  options: Partial<Pick<AuthClientOptions, 'metrics' | 'seedPath' | 'outside' | 'tokenSecrets'>> = {},
) {
  let settings: AuthClientSettings = {
    ...defaultAuthClientSettings,
    keyRefreshSeconds: 0.03,
    revocationRefreshSeconds: 0.03,
    ...first,
  };
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs };
  const log = pino({ level: 'silent' });
  const client = createAuthClient({
    settings: () => settings,
    clock,
    log,
    tokenSecrets: [TOKEN_SECRET],
    ...options,
  });
  t.after(() => client.close());
  return {
    client,
    set: (change: Partial<AuthClientSettings>) => {
      settings = { ...settings, ...change };
    },
    advanceSeconds: (seconds: number) => {
      aheadMs += seconds * 1_000;
    },
    /** `ok`, or why the token is refused. */
    outcome: async (token: string): Promise<string> => {
      const result = await client.verify(token, soon());
      return result.ok ? 'ok' : result.reason;
    },
  };
}

/** Waits, for ten seconds at most, until the outcome is the wanted one. */
export async function becomes(wanted: string, outcome: () => Promise<string>): Promise<void> {
  let last = '';
  const isWanted = async () => {
    last = await outcome();
    return last === wanted || undefined;
  };
  await lookUntil(isWanted, { everyMs: 10, deadline: Deadline.in(10_000) });
  assert.equal(last, wanted);
}

/** Long enough for anything that works. */
export const soon = () => Deadline.in(5_000);

export const never = () => new Promise<never>(() => {});
