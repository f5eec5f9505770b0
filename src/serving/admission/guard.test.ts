import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type GuardState, initialGuard, MIN_SHARE, stepGuard } from './guard.ts';

const reading = { targetMs: 50, windowMs: 250 };

function after(readings: number, delayMs: number, from: GuardState = initialGuard): GuardState {
  let state = from;
  for (let n = 0; n < readings; n += 1) state = stepGuard(state, { ...reading, delayMs });
  return state;
}

test('a loop that is on time is left alone', () => {
  assert.deepEqual(after(100, 10), initialGuard);
});

test('a loop that is late for long is brought down to the least share, in small steps', () => {
  let state = initialGuard;
  for (let n = 0; n < 40; n += 1) {
    const next = stepGuard(state, { ...reading, delayMs: 200 });
    assert.ok(state.share - next.share < 0.5);
    state = next;
  }
  assert.ok(state.share <= MIN_SHARE + 1e-9);
});

test('R12: once the loop is on time again the whole share is back within 15 s', () => {
  const recovered = after(15_000 / reading.windowMs, 5, after(1_000, 1_000));
  assert.equal(recovered.share, 1);
});

test('whatever the loop does, the share stays between the least one and the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true })), (delays) => {
      let state = initialGuard;
      for (const delayMs of delays) {
        state = stepGuard(state, { ...reading, delayMs });
        assert.ok(state.share >= MIN_SHARE && state.share <= 1);
      }
    }),
  );
});
