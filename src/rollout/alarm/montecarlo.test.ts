import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poisson, quantile, random } from '../gate/testdata/random.ts';
import { hasRisen, limitBy, NO_RISE, type Rise, riseAfter } from './rise.ts';

// How often a healthy release would raise an alarm, and how soon a bad one does; fixed seeds, so a run is the
// same every time.

const DAY_S = 86_400;

/** Seconds until the alarm, at most so many; `rate`: of failures in a second. */
function secondsToAlarm(
  next: () => number,
  { rps, limit, most, rate }: { rps: number; limit: number; most: number; rate: (second: number) => number },
): number | undefined {
  let rise: Rise = NO_RISE;
  for (let second = 1; second <= most; second++) {
    const p = rate(second);
    const window = { good: poisson(next, rps * (1 - p)), bad: poisson(next, rps * p) };
    rise = riseAfter(rise, window, limit);
    if (hasRisen(rise)) return second;
  }
  return undefined;
}

test('a healthy release raises no alarm in four days, with a daily tide and noise that comes in bursts', () => {
  const next = random(41);
  for (const [rps, base] of [
    [2, 0.004],
    [20, 0.008],
  ] as const) {
    const tide = (second: number) => base * (1 + Math.sin((second / DAY_S) * 2 * Math.PI));
    // Every ten minutes, on average, one request in ten fails for two seconds.
    let burstUntil = 0;
    const rate = (second: number) => {
      if (next() < 1 / 600) burstUntil = second + 2;
      return second < burstUntil ? 0.1 : tide(second);
    };
    assert.equal(secondsToAlarm(next, { rps, limit: 0.05, most: 4 * DAY_S, rate }), undefined, `${rps}/s`);
  }
});

test('the time before is two minutes of chance, and compared with it for an hour no healthy release of 400 raises an alarm', () => {
  const next = random(42);
  const runs = 200;
  for (const [rps, base] of [
    [1, 0.01],
    [20, 0.005],
  ] as const) {
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const before = { good: poisson(next, 120 * rps * (1 - base)), bad: poisson(next, 120 * rps * base) };
      const limit = limitBy(before, { drift: 0.02, highest: 0.25 }) ?? 0.05;
      if (secondsToAlarm(next, { rps, limit, most: 3_600, rate: () => base }) !== undefined) alarms += 1;
    }
    assert.equal(alarms, 0, `${rps}/s: ${alarms} of ${runs}`);
  }
});

const bad: [rps: number, rate: number, limit: number, medianS: number, lateS: number][] = [
  [20, 1, 0.03, 1, 1],
  [20, 0.2, 0.03, 4, 9],
  [20, 0.14, 0.03, 9, 16],
  [2, 1, 0.03, 3, 6],
  [20, 0.14, 0.05, 16, 28],
  [100, 0.1, 0.05, 11, 16],
];
for (const [rps, rate, limit, medianS, lateS] of bad) {
  test(`R10: ${rps} requests a second of which ${Math.round(rate * 100)} % fail, where ${limit * 100} % are borne: an alarm in ${medianS} s`, () => {
    const next = random(43);
    const times = Array.from(
      { length: 400 },
      () => secondsToAlarm(next, { rps, limit, most: 3_600, rate: () => rate }) ?? Number.POSITIVE_INFINITY,
    );
    const [median, late] = [quantile(times, 0.5), quantile(times, 0.95)];
    assert.ok(median <= medianS && late <= lateS, `median ${median} s, 95 % ${late} s`);
  });
}
