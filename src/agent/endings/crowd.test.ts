import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrowd, type From } from './crowd.ts';

const OF = 'request';
const WRONG = 'request/wrong_credentials';

/**
 * How many of the failures count: one every `everyMs` for a minute, after `successes` in the minute before.
 */
function counted(everyMs: number, from: (index: number) => From, successes = 0): number {
  const crowd = createCrowd();
  let sum = 0;
  for (let index = 0; index < successes; index++) crowd.counts(OF, OF, from(index), -60_000);
  for (let index = 0; index * everyMs < 60_000; index++)
    sum += Number(crowd.counts(OF, WRONG, from(successes + index), index * everyMs));
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

test('R19: an app that succeeded before counts twenty times more, on connections that it keeps five times each', () => {
  assert.equal(
    counted(100, (index) => ({ one: String(index), group: 'shop', shared: true }), 100),
    120 + 20,
  );
  assert.equal(
    counted(100, () => ({ one: 'a', group: 'shop', shared: true }), 100),
    1 + 5,
  );
});

test('R19: where there may be nobody to compare with, successes are counted as failures are, and earn nothing', () => {
  const crowd = createCrowd();
  const from = (one: number) => ({ one: String(one), group: 'shop' });
  const counts = Array.from({ length: 100 }, (_, index) => crowd.counts(OF, OF, from(index), index * 10));
  assert.equal(counts.filter(Boolean).length, 2);
  assert.ok(crowd.counts(OF, WRONG, from(200), 1_000));
  assert.ok(!crowd.counts(OF, WRONG, from(201), 1_010));
});

test('R19: of an app whose requests are refused half the time, all count, on the connection that it keeps too', () => {
  const crowd = createCrowd();
  const from = { one: 'a', group: 'shop', shared: true } as const;
  for (let at = 0; at < 60_000; at += 100) {
    assert.ok(crowd.counts(OF, OF, from, at));
    assert.ok(crowd.counts(OF, WRONG, from, at + 50));
  }
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
  assert.ok(crowd.counts(OF, 'request/invalid_field', from, 0));
  assert.ok(crowd.counts(OF, 'request/invalid_token', from, 0));
  assert.ok(!crowd.counts(OF, 'request/invalid_token', from, 400));
});
