import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGatePolicy, type GatePolicy } from '../gate/gate.ts';
import { poisson, quantile, random } from '../gate/testdata/random.ts';
import { firstCrossing } from '../gate/testdata/sequence.ts';
import { type Exposure, priceWave } from './harm.ts';

/** One metric and one wave, as in the reference's table. */
const bare: GatePolicy = {
  ...defaultGatePolicy,
  weights: { error: 0, deadline: 1, slow: 0, saturation: 0, shortage: 0, endings: 0 },
};
const exposure: Exposure = {
  rps: 100,
  newShare: 0.05,
  exposedShare: 0.05,
  probes: 0,
  deadlineMs: 0,
  lagMs: 0,
  maxWaiting: Number.POSITIVE_INFINITY,
  waves: 1,
  excessBadRate: 0.05,
};

function priced(change: Partial<Exposure>, policy = bare) {
  return priceWave({ ...exposure, ...change }, policy);
}

test('R3: the price of a total failure is that of the reference', () => {
  const table: [share: number, alpha: number, mean: number][] = [
    [0.02, 0.01, 2],
    [0.02, 0.001, 3],
    [0.05, 0.01, 2.1],
    [0.05, 0.001, 3.1],
    [0.1, 0.01, 3.1],
    [0.1, 0.001, 4.1],
    [0.25, 0.01, 4],
    [0.25, 0.001, 6.1],
    [0.5, 0.01, 8.1],
    [0.5, 0.001, 11.1],
  ];
  for (const [share, falseAlarm, mean] of table) {
    const { expected, p95 } = priced({ newShare: share, exposedShare: share }, { ...bare, falseAlarm });
    assert.ok(Math.abs(expected - mean) <= 0.15, `${share}, ${falseAlarm}: ${expected}`);
    assert.equal(p95, Math.round(expected));
  }
});

test('R3: the example of the reference: 20 rps, 5 %, deadline 1 s, 0.5 s to report and undo', () => {
  const { expected, p95 } = priced({ rps: 20, deadlineMs: 1_000, lagMs: 500 });
  assert.ok(Math.abs(expected - 3.5) < 0.1, `${expected}`);
  assert.equal(p95, 6);
});

test('with probes the price is what simulation finds', () => {
  const next = random(5);
  const trial = { rps: 10, share: 0.2, badRate: 1, base: 0, probes: 5 };
  const lagMs = 500;
  const harmed = Array.from({ length: 4_000 }, () => {
    const crossing = firstCrossing(trial, next);
    return (crossing?.harmed ?? 0) + poisson(next, trial.rps * trial.share * (lagMs / 1000));
  });
  const mean = harmed.reduce((sum, count) => sum + count, 0) / harmed.length;
  const { expected, p95 } = priced({ rps: 10, newShare: 0.2, exposedShare: 0.2, probes: 5, lagMs });
  assert.ok(Math.abs(expected / mean - 1) < 0.05, `${expected} against ${mean}`);
  assert.ok(Math.abs(p95 - quantile(harmed, 0.95)) <= 1);
});

test('more probes never cost more, and no traffic costs nothing', () => {
  const prices = [0, 1, 5, 20, 100].map((probes) => priced({ probes }, defaultGatePolicy).expected);
  assert.deepEqual(
    prices,
    prices.toSorted((a, b) => b - a),
  );
  assert.deepEqual(priced({ rps: 0 }), { expected: 0, p95: 0 });
});

test('the cap on payments that wait on a fresh value bounds the price of a hang', () => {
  const free = priced({ rps: 2_000, deadlineMs: 10_000 });
  const capped = priced({ rps: 2_000, deadlineMs: 10_000, maxWaiting: 8 });
  assert.ok(free.expected > 1_000);
  assert.ok(capped.expected < 12, `${capped.expected}`);
});

test('without a control a few failures decide against the rate before the push', () => {
  assert.deepEqual(priced({ newShare: 1, exposedShare: 1 }), { expected: 3, p95: 3 });
});
