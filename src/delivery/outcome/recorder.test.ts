import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { StoreAway } from '../../platform/database/store-away.ts';
import type { AttemptRecord } from '../outbox/claims.ts';
import { CannotRecord, Recorder } from './recorder.ts';

const log = pino({ level: 'silent' });
const outcome = (id: string): AttemptRecord => ({
  id,
  callback: { id, claim: id, attempts: 0 },
  at: new Date(0),
  outcome: {
    kind: 'delivered',
    status: 200,
    address: null,
    durationMs: 1,
    reason: null,
    response: null,
    retryAfter: null,
  },
  next: { state: 'delivered' },
});

function recorder({ most, fails = 0 }: { most: number; fails?: number }) {
  const written: string[][] = [];
  let left = fails;
  const of = new Recorder(
    async (records) => {
      left -= 1;
      if (left >= 0) throw new Error('the database is away');
      written.push(records.map(({ id }) => id));
    },
    log,
    () => most,
  );
  return { of, written };
}

test('the first outcome is written at once, those that come soon after it together', async () => {
  const { of, written } = recorder({ most: 100 });
  await of.record(outcome('a'));
  await Promise.all(['b', 'c', 'd'].map((id) => of.record(outcome(id))));
  assert.deepEqual(written, [['a'], ['b', 'c', 'd']]);
  assert.equal(of.pending, 0);
});

test('half of what its user bears is not waited with', async () => {
  const { of, written } = recorder({ most: 4 });
  await of.record(outcome('a'));
  const all = [of.record(outcome('b')), of.record(outcome('c'))];
  // No timer may run in between: a turn of the loop is enough.
  await new Promise(setImmediate);
  assert.deepEqual(written, [['a'], ['b', 'c']]);
  await Promise.all(all);
});

test('an outcome that could not be written is kept, and written again', async () => {
  const { of, written } = recorder({ most: 100, fails: 1 });
  await of.record(outcome('a'));
  assert.deepEqual(written, [['a']]);
});

test('what the database goes on to refuse cannot be recorded, nor can anything after it', async () => {
  let writes = 0;
  const refused = new TypeError('relation "delivery.attempt" does not exist');
  const of = new Recorder(
    async () => {
      writes += 1;
      throw refused;
    },
    log,
    () => 100,
  );
  const [first, second] = [of.record(outcome('a')), of.record(outcome('b'))];
  await assert.rejects(first, (error: unknown) => {
    assert.ok(error instanceof CannotRecord);
    assert.match(
      error.message,
      /refuses the outcomes of 2 callbacks: relation "delivery.attempt" does not exist/,
    );
    return true;
  });
  await assert.rejects(second, CannotRecord);
  await assert.rejects(of.record(outcome('c')), CannotRecord);
  assert.equal(writes, 6);
  assert.equal(of.pending, 3, 'nothing new begins');
});

test('a database that is away is waited for, however often it does not answer', async () => {
  let away = 6;
  const of = new Recorder(
    async () => {
      away -= 1;
      if (away >= 0) throw new StoreAway(new Error('no connection'));
    },
    log,
    () => 100,
  );
  await of.record(outcome('a'));
  assert.deepEqual([away, of.pending], [-1, 0]);
});
