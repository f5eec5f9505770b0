import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrowd, type From } from './crowd.ts';

/** How many of the endings count: one every `everyMs` for a minute. */
function counted(everyMs: number, from: (index: number) => From): number {
  const crowd = createCrowd();
  let sum = 0;
  for (let index = 0; index * everyMs < 60_000; index++)
    sum += Number(crowd.counts('request/wrong_credentials', from(index), index * everyMs));
  return sum;
}

test('R19: one connection that fails ten times a second counts once a minute', () => {
  assert.equal(
    counted(100, () => ({ one: 'a', group: 'shop' })),
    1,
  );
});

test('R19: one app with a connection for each request counts twice a second', () => {
  assert.equal(
    counted(100, (index) => ({ one: String(index), group: 'shop' })),
    120,
  );
});

test('R19: many apps count each for itself', () => {
  assert.equal(
    counted(100, (index) => ({ one: String(index), group: `shop ${index % 40}` })),
    600,
  );
});

test('R19: kinds are counted apart', () => {
  const crowd = createCrowd();
  const from = { one: 'a', group: 'shop' };
  assert.ok(crowd.counts('request/invalid_field', from, 0));
  assert.ok(crowd.counts('request/invalid_token', from, 0));
  assert.ok(!crowd.counts('request/invalid_token', from, 400));
});
