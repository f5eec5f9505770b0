import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Beats, readBeat } from './beats.ts';
import { InstanceBook } from './book.ts';
import { type CountsView, readCounts } from './counts.ts';

let now = 0;
const releases: string[] = [];
const book = new InstanceBook({
  now: () => now,
  released: ({ name }, before, after) => releases.push(`${name}: ${before} → ${after}`),
});
const beats = new Beats(() => now, book);
const instance = (ready: boolean) => ({
  name: 'api-1',
  service: 'api',
  cell: 'cell-1',
  admin: 'http://127.0.0.1:1',
  ready,
});
const beat = (ready: boolean, bye = false) => {
  const read = readBeat({ from: 'supervisor', withinMs: 3_000, bye, instances: [instance(ready)] });
  assert.ok(typeof read === 'object');
  assert.equal(beats.heard(read), true);
};
const view = (pid: number, good: number, bad: number, release = 'shop-4'): CountsView => ({
  pid,
  release,
  counts: [{ product: 'stk', release, good, bad }],
  underWay: [{ product: 'stk', inFlight: 1, oldestMs: 70, deadlineMs: 5_000 }],
});
const key = 'supervisor api-1';
const read = () =>
  book.readings().map(({ series, good, bad, inFlight }) => [series.release, good, bad, inFlight]);

test('what an instance did is what its counters went up by, over a restart too', () => {
  beat(true);
  book.answered(key, view(1, 1_000, 5));
  assert.deepEqual(read(), [['shop-4', 0, 0, 1]], 'of the first look it is not known since when');
  book.answered(key, view(1, 1_010, 6));
  book.answered(key, view(1, 1_020, 7));
  assert.deepEqual(read(), [['shop-4', 20, 2, 1]], 'two looks count once');
  assert.deepEqual(read(), [], 'without a look there is nothing new');
  book.answered(key, view(2, 3, 0));
  assert.deepEqual(read(), [['shop-4', 3, 0, 1]], 'another process counts from 0');
  book.answered(key, { ...view(2, 3, 0), counts: [], underWay: [] });
  assert.deepEqual(read(), [['shop-4', 0, 0, 0]], 'what was under way has ended');
  book.answered(key, view(2, 3, 0, 'shop-5'));
  assert.deepEqual(releases, ['api-1: null → shop-4', 'api-1: shop-4 → shop-5']);
});

test('R10: one that should answer is missed soon, one that is restarted later, one that left not at all', () => {
  const silent = () =>
    book.heartbeats().map(({ subject, lastAt, withinMs }) => [subject, now - (lastAt ?? 0), withinMs]);
  now = 10_000;
  book.answered(key, view(2, 3, 0));
  now = 11_500;
  assert.deepEqual(silent(), [['api-1', 1_500, 2_000]]);
  beat(false);
  now = 20_000;
  assert.deepEqual(silent(), [['api-1', 10_000, 60_000]]);
  beat(true);
  assert.deepEqual(silent(), [['api-1', 0, 2_000]], 'it is given time again when it is back');
  assert.deepEqual(
    beats.heartbeats().map(({ subject }) => subject),
    ['supervisor'],
  );
  beat(true, true);
  assert.deepEqual([...book.heartbeats(), ...beats.heartbeats()], []);
});

test('what is no beat and what are no counts is said', () => {
  assert.match(String(readBeat({ withinMs: 1_000 })), /"from"/);
  assert.match(String(readBeat({ from: 'x', withinMs: 1 })), /"withinMs"/);
  assert.match(String(readBeat({ from: 'x', withinMs: 1_000, instances: {} })), /"instances"/);
  assert.throws(() => readCounts('{"error":"no"}'), /not of the form/);
});
