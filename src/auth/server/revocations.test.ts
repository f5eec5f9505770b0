import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { maxRevocations } from '../wire.ts';
import { currentRevocations, revokeApp, revokeToken } from './revocations.ts';

const directory = new URL('../migrations', import.meta.url).pathname;
const { database } = await testDatabase([{ part: 'auth', directory }]);
const dayMs = 86_400_000;

test('the list holds tokens and apps, its version grows, and expired entries go without taking it back', async () => {
  const nowMs = 1_700_000_000_000;
  assert.deepEqual(await currentRevocations(database, nowMs), { version: 0, tokens: [], apps: {} });
  assert.equal(await revokeToken(database, 'token-1', nowMs), 'recorded');
  assert.equal(await revokeApp(database, 'app-1', nowMs, nowMs), 'recorded');
  const first = await currentRevocations(database, nowMs);
  assert.deepEqual([first.tokens, first.apps], [['token-1'], { 'app-1': 1_700_000_000 }]);

  // An earlier time does not take the later one back.
  await revokeApp(database, 'app-1', nowMs - 5_000, nowMs + dayMs / 2);
  const second = await currentRevocations(database, nowMs);
  assert.deepEqual(second.apps, { 'app-1': 1_700_000_000 });
  assert.ok(second.version > first.version);

  const later = await currentRevocations(database, nowMs + 3 * dayMs);
  assert.deepEqual(later.tokens, []);
  assert.equal(later.version, second.version);
});

test('R12: a full list records nothing more and says so', async () => {
  await database.query(
    `insert into auth.revocation (kind, subject, expires_at)
     select 'token', 'filler-' || n, now() from generate_series(1, $1::integer) n`,
    [maxRevocations],
  );
  assert.equal(await revokeToken(database, 'one-more', Date.now()), 'full');
  assert.equal(await revokeToken(database, 'filler-1', Date.now()), 'recorded');
});
