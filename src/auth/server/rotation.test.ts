import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { type KeyTimes, nextKeySignsFrom, retiredKeys, signingKey } from './rotation.ts';
import { maintainedKeys, sealOfKeys } from './signing-keys.ts';

const directory = new URL('../migrations', import.meta.url).pathname;
const { database } = await testDatabase([{ part: 'auth', directory }]);
const hourMs = 3_600_000;
const settings = { keyRotationSeconds: 24 * 3_600, keyPublishAheadSeconds: 600 };

const key = (id: string, signsFromMs: number, openable = true): KeyTimes => ({ id, signsFromMs, openable });

test('a key is published ahead, signs until the next one does, and is published while its tokens live', () => {
  const first = key('first', 0);
  assert.equal(nextKeySignsFrom([], 5, settings), 5);
  assert.equal(nextKeySignsFrom([first], 23 * hourMs, settings), undefined);
  assert.equal(nextKeySignsFrom([first], 24 * hourMs - 600_000, settings), 24 * hourMs);
  const both = [first, key('second', 24 * hourMs)];
  assert.equal(nextKeySignsFrom(both, 24 * hourMs - 300_000, settings), undefined);
  assert.equal(signingKey(both, 24 * hourMs - 1)?.id, 'first');
  assert.equal(signingKey(both, 24 * hourMs)?.id, 'second');
  assert.deepEqual(retiredKeys(both, 48 * hourMs), []);
  assert.deepEqual(
    retiredKeys(both, 50 * hourMs).map(({ id }) => id),
    ['first'],
  );
});

test('after the servers were away, the next key still is published before it signs', () => {
  const nowMs = 100 * hourMs;
  assert.equal(nextKeySignsFrom([key('old', 0)], nowMs, settings), nowMs + 600_000);
  assert.equal(signingKey([key('old', 0), key('next', nowMs + 600_000)], nowMs)?.id, 'old');
});

test('a key sealed under another secret is published and never signs', () => {
  const foreign = [key('foreign', 0, false)];
  assert.equal(signingKey(foreign, 10), undefined);
  assert.equal(nextKeySignsFrom(foreign, 10, settings), 10);
});

test('servers that rotate at the same moment make one key; the private part rests sealed', async () => {
  const seal = sealOfKeys('a secret of the tests');
  const startMs = Date.now();
  const rotate = (nowMs: number) => maintainedKeys(database, seal, settings, nowMs);
  const sets = await Promise.all(Array.from({ length: 5 }, () => rotate(startMs)));
  assert.equal(new Set(sets.flat().map(({ id }) => id)).size, 1);

  const rotated = await Promise.all(Array.from({ length: 5 }, () => rotate(startMs + 24 * hourMs)));
  assert.equal(new Set(rotated.flat().map(({ id }) => id)).size, 2);

  const { rows } = await database.query<{ sealed: Buffer }>(
    'select sealed_private_key as sealed from auth.signing_key',
  );
  const other = sealOfKeys('another secret than it');
  for (const { sealed } of rows) {
    assert.ok(seal.open(sealed) !== undefined);
    assert.equal(other.open(sealed), undefined);
  }
  const strangers = await maintainedKeys(database, other, settings, startMs);
  assert.equal(strangers.filter(({ openable }) => openable).length, 1);
  assert.equal(strangers.length, 3);
});
