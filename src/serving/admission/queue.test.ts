import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createWaitingQueue } from './queue.ts';

const settings = { maxAgeMs: 100, overloadedAfterMs: 100, overloadedMaxAgeMs: 20 };

test('in order of arrival while it empties now and then', () => {
  const queue = createWaitingQueue<string>();
  for (const item of ['a', 'b']) queue.push(item, 0, 10);
  assert.deepEqual([queue.take(50, settings), queue.take(50, settings)], ['a', 'b']);
  assert.equal(queue.take(50, settings), undefined);
});

test('newest first, and a shorter age, once it has not been empty for a while', () => {
  const queue = createWaitingQueue<string>();
  queue.push('old', 0, 10);
  queue.push('middle', 60, 10);
  queue.push('new', 100, 10);
  assert.deepEqual(queue.expire(101, settings), ['old', 'middle']);
  queue.push('newest', 110, 10);
  assert.deepEqual([queue.take(111, settings), queue.take(111, settings)], ['newest', 'new']);
});

test('once it was empty it is in order of arrival again', () => {
  const queue = createWaitingQueue<string>();
  queue.push('a', 0, 10);
  queue.take(200, settings);
  for (const item of ['b', 'c']) queue.push(item, 200, 10);
  assert.equal(queue.take(250, settings), 'b');
});

test('R12: over its bound the oldest goes', () => {
  const queue = createWaitingQueue<string>();
  assert.equal(queue.push('a', 0, 2), undefined);
  assert.equal(queue.push('b', 0, 2), undefined);
  assert.equal(queue.push('c', 0, 2), 'a');
  assert.equal(queue.push('d', 0, 0), 'd');
});

test('R12: whatever happens, nothing is lost, doubled, over the bound or over its age', () => {
  const step = fc.record({
    waitMs: fc.nat(60),
    action: fc.constantFrom('push', 'take', 'expire'),
    bound: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const queue = createWaitingQueue<number>();
      const arrived = new Map<number, number>();
      const left: number[] = [];
      let at = 0;
      for (const [item, { waitMs, action, bound }] of steps.entries()) {
        at += waitMs;
        if (action === 'push') {
          const evicted = queue.push(item, at, bound);
          if (evicted !== item) arrived.set(item, at);
          if (evicted !== undefined && evicted !== item) left.push(evicted);
        } else if (action === 'take') {
          const taken = queue.take(at, settings);
          if (taken !== undefined) left.push(taken);
        } else {
          left.push(...queue.expire(at, settings));
          const waiting = [...arrived].filter(([one]) => !left.includes(one));
          assert.ok(waiting.every(([, since]) => at - since <= settings.maxAgeMs));
        }
        assert.equal(queue.length, arrived.size - left.length);
        assert.ok(queue.length <= 5);
      }
      assert.equal(new Set(left).size, left.length);
    }),
  );
});
