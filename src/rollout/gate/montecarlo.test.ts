import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGatePolicy, newGate, type Outcomes, observe, openWave, type Window } from './gate.ts';
import { logBet, ODDS } from './odds.ts';
import { grantedShare, ownShare } from './share.ts';
import { gamma, poisson, quantile, random } from './testdata/random.ts';
import { type Crossing, firstCrossing, type Trial } from './testdata/sequence.ts';

// The reference's figures, made again with this code; fixed seeds, so a run is the same every time.

const medians: [trial: Trial, medianSeconds: number][] = [
  [{ rps: 100, share: 0.05, badRate: 1 }, 0.36],
  [{ rps: 100, share: 0.05, badRate: 0.2 }, 1.9],
  [{ rps: 100, share: 0.05, badRate: 0.05 }, 10],
  [{ rps: 20, share: 0.05, badRate: 1 }, 1.8],
  [{ rps: 20, share: 0.05, badRate: 0.2 }, 9.7],
  [{ rps: 20, share: 0.25, badRate: 0.2 }, 3.8],
  [{ rps: 5, share: 0.05, badRate: 1 }, 7.2],
  [{ rps: 1, share: 0.05, badRate: 1 }, 35],
  [{ rps: 1, share: 0.05, badRate: 1, probes: 5 }, 1.5],
  [{ rps: 1, share: 0.05, badRate: 1, probes: 20 }, 0.36],
  [{ rps: 1, share: 0.05, badRate: 0.1, probes: 20 }, 4.0],
  [{ rps: 100, share: 0.95, badRate: 0.2 }, 5.1],
];

for (const [trial, expected] of medians) {
  const { rps, share, badRate, probes = 0 } = trial;
  test(`R3: ${rps} rps, ${probes} probes/s, ${share * 100} % exposed, ${badRate * 100} % bad: median ${expected} s ± 20 %`, () => {
    const median = quantile(
      crossings(trial, 3_000, 7).map(({ seconds }) => seconds),
      0.5,
    );
    assert.ok(Math.abs(median / expected - 1) <= 0.2, `median ${median.toFixed(2)} s`);
  });
}

const harmed: [share: number, alpha: number, badRate: number, mean: number, p95: number][] = [
  [0.02, 0.01, 1, 2, 2],
  [0.05, 0.01, 1, 2.1, 3],
  [0.05, 0.001, 1, 3.1, 4],
  [0.05, 0.01, 0.2, 2.3, 3],
  [0.1, 0.01, 1, 3.1, 4],
  [0.25, 0.01, 1, 4, 4],
  [0.5, 0.01, 1, 8.1, 8],
  [0.5, 0.01, 0.05, 9.5, 16],
];

test('R3: payments harmed before the verdict are those of the reference', () => {
  for (const [share, alpha, badRate, mean, p95] of harmed) {
    const counts = crossings({ rps: 100, share, badRate, alpha }, 3_000, 11).map(({ harmed }) => harmed);
    const measured = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const name = `${share} exposed, ${badRate} bad, α ${alpha}: mean ${measured.toFixed(2)}`;
    assert.ok(Math.abs(measured / mean - 1) <= 0.2, name);
    assert.ok(Math.abs(quantile(counts, 0.95) - p95) <= Math.max(1, 0.2 * p95), name);
  }
});

test('when nothing is wrong, at most α of the rollouts are undone in ten minutes', () => {
  const runs = 500;
  for (const rps of [20, 100]) {
    for (const share of [0.05, 0.25, 0.5]) {
      for (const base of [0.002, 0.01]) {
        const undone = crossings({ rps, share, badRate: base, base }, runs, 13).length;
        assert.ok(undone <= atMost(runs, 0.01), `${rps} rps, ${share}, ${base}: ${undone} of ${runs}`);
      }
    }
  }
});

test('instances of unequal quality: the difference in differences keeps what the plain share would lose', () => {
  const next = random(17);
  const runs = 1_000;
  const [rps, instances, base] = [100, 20, 0.01];
  const undone = { plain: 0, corrected: 0 };
  for (let run = 0; run < runs; run++) {
    // Coefficient of variation 1: gamma of shape 1.
    const own = gamma(next, 1) * base;
    const trial = { rps, share: 1 / instances, badRate: own, base, horizonSeconds: 300 };
    const before = {
      exposed: { good: (120 * rps) / instances, bad: poisson(next, (120 * rps * own) / instances) },
      control: {
        good: (120 * rps * (instances - 1)) / instances,
        bad: poisson(next, (120 * rps * base * (instances - 1)) / instances),
      },
    };
    const granted = grantedShare(trial.share, { exposed: 0, control: 0 }, ownShare(before));
    if (firstCrossing(trial, next) !== undefined) undone.plain++;
    if (firstCrossing({ ...trial, granted }, next) !== undefined) undone.corrected++;
  }
  assert.ok(undone.plain >= 0.05 * runs, `plain ${undone.plain}`);
  assert.ok(undone.corrected <= atMost(runs, 0.01), `corrected ${undone.corrected}`);
});

test('e-CUSUM: at least A bad events lie between false alarms on average', () => {
  const next = random(19);
  const alarm = 1_000;
  for (const q of [0.5, 0.95]) {
    let events = 0;
    for (let run = 0; run < 40; run++) {
      for (let m = 1; m < alarm; events++) {
        const exposed = next() < q;
        const factor = ODDS.reduce((sum, odds) => {
          return sum + Math.exp(logBet(odds, q, exposed ? 1 : 0, exposed ? 0 : 1));
        }, 0);
        m = Math.max(1, m) * (factor / ODDS.length);
      }
    }
    assert.ok(events / 40 >= alarm, `q ${q}: ${events / 40} events apart`);
  }
});

test('the whole gate, in windows of 250 ms, undoes at most α of healthy rollouts, shared blips included', () => {
  const next = random(23);
  const runs = 250;
  let undone = 0;
  for (let run = 0; run < runs; run++) {
    // 100 rps and 20 probes/s an arm; a minute in each of four waves, with 30 % errors everywhere for 15 s.
    let gate = newGate(4);
    for (const [wave, share] of [0.05, 0.1, 0.5, 0.95].entries()) {
      gate = openWave(gate, baseline(share, next), share === 0.95);
      for (let beat = 0; beat < 240; beat++) {
        const base = wave === 1 && beat < 60 ? 0.3 : 0.002;
        gate = observe(gate, defaultGatePolicy, healthyWindow(share, base, next));
      }
    }
    const late = gate.cusum !== null && gate.cusum >= Math.log(defaultGatePolicy.cusumAlarm);
    if (gate.worst >= Math.log(1 / defaultGatePolicy.falseAlarm) || late) undone++;
  }
  assert.ok(undone <= atMost(runs, 0.01), `${undone} of ${runs}`);
});

function healthyWindow(share: number, base: number, next: () => number): Window {
  const outcomes = (rps: number): Outcomes => ({
    good: poisson(next, rps * 0.25 * (1 - base)),
    error: poisson(next, rps * 0.25 * base * 0.5),
    deadline: poisson(next, rps * 0.25 * base * 0.3),
    slow: poisson(next, rps * 0.25 * base * 0.2),
    saturation: 0,
  });
  return {
    live: { exposed: outcomes(100 * share), control: outcomes(100 * (1 - share)) },
    probes: { exposed: outcomes(20), control: outcomes(20) },
    liveShare: share,
    probeShare: 0.5,
  };
}

function baseline(share: number, next: () => number) {
  const arm = (part: number) => {
    const bad = poisson(next, 24 * part);
    return { good: Math.round(12_000 * part) - bad, bad };
  };
  return { exposed: arm(share), control: arm(1 - share) };
}

function crossings(trial: Trial, runs: number, seed: number): Crossing[] {
  const next = random(seed);
  return Array.from({ length: runs }, () => firstCrossing(trial, next)).filter(
    (crossing) => crossing !== undefined,
  );
}

/**
 * The count that a rate of `rate` passes once in a thousand series of `runs` (normal approximation, rounded
 * up).
 */
function atMost(runs: number, rate: number): number {
  return Math.ceil(runs * rate + 3.1 * Math.sqrt(runs * rate * (1 - rate)));
}
