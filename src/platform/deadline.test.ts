import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadline, DeadlineExceeded, within } from './deadline.ts';

test('R1: work that never settles is rejected at the deadline and told to stop', async () => {
  let stopped = false;
  const wait = within(Deadline.in(20), 'a silent server', (signal) => {
    signal.addEventListener('abort', () => {
      stopped = true;
    });
    return new Promise<never>(() => {});
  });
  await assert.rejects(wait, DeadlineExceeded);
  assert.equal(stopped, true);
});

test('R1: a passed deadline rejects without starting the work', async () => {
  let started = false;
  const wait = within(Deadline.in(0), 'late work', async () => {
    started = true;
  });
  await assert.rejects(wait, /late work: deadline exceeded/);
  assert.equal(started, false);
});

test('the outcome of work that settles in time is passed through', async () => {
  const deadline = Deadline.in(5_000);
  assert.equal(await within(deadline, 'sum', async () => 3), 3);
  await assert.rejects(
    within(deadline, 'fault', async () => {
      throw new RangeError('own error');
    }),
    RangeError,
  );
});

test('a deadline never outlives its parent', () => {
  const parent = Deadline.in(10);
  assert.ok(Deadline.in(60_000, parent).remainingMs() <= 10);
});
