import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  INITIAL_LIMIT,
  initialLimit,
  type LatencyWindow,
  type LimitState,
  limitNow,
  slowStartShare,
  stepLimit,
} from './limit.ts';

const bounds = { minInFlight: 4, maxInFlight: 100, latencyTolerance: 3 };
const WINDOW_MS = 100;
const fresh = initialLimit(0);

/** Windows one after the other, each with all of the limit in use unless `change` says otherwise. */
function after(windows: number, change: Partial<LatencyWindow>, from: LimitState = fresh): LimitState {
  let state = from;
  for (let n = 0; n < windows; n += 1) {
    const maxInFlight = Math.floor(limitNow(state, bounds));
    const window = { meanLatencyMs: 10, maxInFlight, limited: false, deadlineExceeded: false, ...change };
    state = stepLimit(state, window, bounds, state.learnedAt + WINDOW_MS);
  }
  return state;
}

test('a limit that is used at an even latency grows to its bound', () => {
  assert.equal(after(50, {}).limit, bounds.maxInFlight);
});

test('a limit that is not half used learns nothing and stays', () => {
  assert.equal(after(50, { maxInFlight: 5 }).limit, INITIAL_LIMIT);
});

test('a latency far above the normal one brings the limit down within half a second', () => {
  const normal = after(50, {});
  assert.ok(after(5, { meanLatencyMs: 60, limited: true }, normal).limit < normal.limit * 0.5);
});

test('a latency that falls back to normal lets the limit grow again', () => {
  const hurt = after(20, { meanLatencyMs: 60, limited: true }, after(50, {}));
  assert.equal(after(50, {}, hurt).limit, bounds.maxInFlight);
});

test('a deadline that passed lowers the limit without teaching it a latency', () => {
  const normal = after(50, {});
  const backedOff = after(1, { deadlineExceeded: true, meanLatencyMs: 0 }, normal);
  assert.equal(backedOff.limit, normal.limit * 0.9);
  assert.equal(backedOff.baselineMs, normal.baselineMs);
});

test('a dependency that became slower for good ends as the new normal, not as a limit stuck at its least', () => {
  const slow = after(400, { meanLatencyMs: 200, limited: true }, after(50, {}));
  assert.ok(slow.limit > bounds.minInFlight * 4, `${slow.limit}`);
});

/** A server of known capacity that queues what is above it: its latency follows from Little's law. */
function* saturated(perSecond: number, unloadedMs: number, minutes: number) {
  let state = fresh;
  for (let at = 0; at < minutes * 60_000; at += WINDOW_MS) {
    const maxInFlight = Math.floor(limitNow(state, bounds));
    const meanLatencyMs = Math.max(unloadedMs, (maxInFlight * 1_000) / perSecond);
    state = stepLimit(
      state,
      { meanLatencyMs, maxInFlight, limited: true, deadlineExceeded: false },
      bounds,
      at,
    );
    if (at > 4_000) yield state;
  }
}

test('R12: under lasting overload the limit keeps covering the capacity and does not drift away from it', () => {
  for (const [perSecond, unloadedMs] of [
    [1_000, 5],
    [1_000, 10],
    [500, 20],
  ] as const) {
    const needed = (perSecond * unloadedMs) / 1_000;
    let probes = 0;
    for (const state of saturated(perSecond, unloadedMs, 10)) {
      if (state.probing) probes += 1;
      assert.ok(state.limit >= needed && state.limit <= needed * 8, `${state.limit} for ${needed}`);
    }
    assert.ok(probes <= 10 * 60 * (1_000 / WINDOW_MS) * 0.01, `${probes} windows were spent on measuring`);
  }
});

test('a product whose limit is not in the way is never slowed down to be measured', () => {
  const states = Array.from({ length: 1_000 }, (_, n) => after(n % 10, { limited: false }));
  assert.ok(states.every((state) => !state.probing));
});

test('R12: whatever is measured, the limit is a number within its bounds', () => {
  const windows = fc.array(
    fc.record({
      meanLatencyMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      maxInFlight: fc.nat(1_000),
      limited: fc.boolean(),
      deadlineExceeded: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(
      windows,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 500 }),
      (all, min, max) => {
        const some = { minInFlight: min, maxInFlight: max, latencyTolerance: 3 };
        let state = fresh;
        for (const [n, window] of all.entries()) {
          state = stepLimit(state, window, some, n * 10_000);
          const limit = limitNow(state, some);
          assert.ok(limit >= min && limit <= Math.max(min, max), `${limit}`);
        }
      },
    ),
  );
});

test('after boot the share grows from a quarter to the whole and never falls', () => {
  assert.equal(slowStartShare(0, 1_000), 0.25);
  assert.equal(slowStartShare(500, 1_000), 0.625);
  assert.equal(slowStartShare(1_000, 1_000), 1);
  assert.equal(slowStartShare(0, 0), 1);
});
