import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { learn, startBaseline } from './baseline.ts';
import { count, H, type Score, ZERO } from './cusum.ts';
import { silenceAllowed } from './flow.ts';
import { type DetectState, startDetect, step } from './step.ts';
import { arrivals, reading, seconds, seeded } from './testdata/traffic.ts';

const start = 1_700_000_000_000;
const series = { service: 'api', product: 'stk-push', cell: 'a', release: '41' };

test('all-good traffic never alarms, whatever comes when', () => {
  const tick = fc.record({
    good: fc.nat(500),
    release: fc.constantFrom('41', '42'),
    afterMs: fc.integer({ min: -5_000_000, max: 20_000 }),
  });
  fc.assert(
    fc.property(fc.array(tick, { minLength: 1, maxLength: 200 }), (ticks) => {
      let state = startDetect(start);
      for (const { good, release, afterMs } of ticks) {
        const after = step(state, {
          at: state.clock.at + afterMs,
          readings: [reading({ ...series, release }, good, 0)],
        });
        assert.deepEqual(after.detections, []);
        state = after.state;
      }
    }),
    { numRuns: 100, seed: 1 },
  );
});

/** Of the table: seconds to the alarm at 50 requests a second, 95th percentile, and at 5. */
const outages = [
  { rate: 50, within: 1 },
  { rate: 5, within: 3 },
  { rate: 500, within: 1 },
];
for (const { rate, within } of outages) {
  test(`a full outage at ${rate} requests a second is a page within ${within} s, after usual traffic`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
        const random = seeded(seed);
        let state = startDetect(start);
        const before = seconds({ rate, failing: 0.001, swings: { rate: 0.3, failing: 0.5 } }, random);
        for (let second = 0; second < 120; second += 1) {
          const { good, bad } = before.next().value ?? { good: 0, bad: 0 };
          state = step(state, { at: state.clock.at + 1000, readings: [reading(series, good, bad)] }).state;
        }
        const requests = Array.from({ length: within }, () => arrivals(rate, random));
        // A sum that begins at 0 needs seven failures.
        fc.pre(requests.reduce((sum, n) => sum + n, 0) >= 7);
        const paged = requests.some((bad) => {
          const after = step(state, { at: state.clock.at + 1000, readings: [reading(series, 0, bad)] });
          state = after.state;
          return after.detections.some(
            ({ severity, series }) => severity === 'page' && series?.release === '41',
          );
        });
        assert.ok(paged);
      }),
      { numRuns: 10, seed: 2 },
    );
  });
}

test('more failures, or fewer successes, never lower the sum', () => {
  const counts = fc.array(fc.record({ good: fc.nat(100), bad: fc.nat(5) }), { maxLength: 50 });
  fc.assert(
    fc.property(counts, fc.nat(49), fc.integer({ min: 1, max: 5 }), (ticks, where, more) => {
      const sum = (worse: boolean) => {
        let score: Score = ZERO;
        for (const [index, { good, bad }] of ticks.entries()) {
          score = count(score, good, bad + (worse && index === where ? more : 0), 0.01, index);
        }
        return score;
      };
      const [better, worse] = [sum(false), sum(true)];
      assert.ok(worse.sum >= better.sum);
      assert.ok(worse.alarm || !better.alarm);
    }),
    { seed: 3 },
  );
});

test('with independent failures at the usual ratio, an alarm is rarer than once in e^h ticks', () => {
  // e^14.8 ticks are 30 days; a lower h says in seconds whether the bound holds: alarms × e^h ≤ ticks.
  const [ticks, lower] = [400_000, 6];
  const random = seeded(4);
  let [score, alarms] = [ZERO, 0];
  for (let tick = 0; tick < ticks; tick += 1) {
    const bad = arrivals(50 * 0.01, random);
    score = count(score, arrivals(50 * 0.99, random), bad, 0.01, tick);
    if (score.sum >= lower) {
      alarms += 1;
      score = ZERO;
    }
  }
  assert.ok(alarms > 0, 'the simulation is long enough to see some');
  assert.ok(alarms <= ticks / Math.exp(lower), `${alarms} in ${ticks} ticks`);
  assert.ok(Math.exp(H) > 30 * 86_400 * 0.99 && Math.exp(H) < 30 * 86_400 * 1.05);
});

test('a day of bursty traffic at 50 requests a second page nobody', () => {
  const traffic = seconds({ rate: 50, failing: 0.001, swings: { rate: 0.5, failing: 0.8 } }, seeded(5));
  let state: DetectState = startDetect(start);
  let pages = 0;
  for (let second = 0; second < 86_400; second += 1) {
    const { good, bad } = traffic.next().value ?? { good: 0, bad: 0 };
    const after = step(state, {
      at: state.clock.at + 1000,
      readings: [reading({ service: 'api' }, good, bad)],
    });
    state = after.state;
    pages += after.detections.filter(({ severity }) => severity === 'page').length;
  }
  assert.equal(pages, 0);
});

test('the silence that is allowed shrinks as traffic grows, to one second', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-5, max: 1000, noNaN: true }),
      fc.double({ min: 1, max: 100, noNaN: true }),
      (rate, times) => {
        assert.ok(silenceAllowed(rate * times) <= silenceAllowed(rate));
        assert.ok(silenceAllowed(rate) >= 1000);
      },
    ),
    { seed: 6 },
  );
  assert.equal(Math.round(silenceAllowed(5) / 100) / 10, 3.3);
  assert.equal(Math.round(silenceAllowed(1) / 100) / 10, 14.8);
});

test('what is usual is learnt from a week, not from an outage, and an old week is forgotten', () => {
  const minutes = (from: number, n: number, bad: number, alarm = false) => {
    let baseline = startBaseline(from);
    for (let minute = 1; minute <= n; minute += 1) {
      baseline = learn(baseline, 1000 - bad, bad, alarm, from + minute * 60_000);
    }
    return baseline;
  };
  assert.equal(minutes(0, 59, 10).learnt, 0, 'an hour is the least to learn from');
  const learnt = minutes(0, 1440, 10).learnt;
  assert.ok(learnt >= 0.01 && learnt <= 0.0125);
  assert.equal(minutes(0, 1440, 500, true).learnt, 0);
  let later = minutes(0, 1440, 10);
  for (let minute = 1; minute <= 9 * 1440; minute += 1) {
    later = learn(later, 1000, 0, false, 86_400_000 + minute * 60_000);
  }
  assert.equal(later.learnt, 0);
  assert.ok(later.days.length <= 7);
});
