import { defaultRolloutPolicy } from '../../src/control/settings.ts';
import type { RolloutPolicy } from '../../src/rollout/machine/state.ts';
import { type Bench, type Figure, median, quantile } from '../report.ts';
import { type Effect, type Rolled, rollOut, type World } from './rollout.ts';
import type { Weather } from './traffic.ts';

const INSTANCES = 10;
const PROBES = 2;
const RATES = [50, 10];
const FALSE_MOST = 1;
const BAKE_MS = 10_000;

const effects: readonly (readonly [name: string, effect: Effect])[] = [
  ['100 % errors', { kind: 'error', part: 1 }],
  ['20 % errors', { kind: 'error', part: 0.2 }],
  ['5 % errors', { kind: 'error', part: 0.05 }],
  // As in the simulator: of requests three times as slow, so many pass the limit of what counts as slow.
  ['triple latency', { kind: 'slow', part: 0.6 }],
  ['half of the requests refused', { kind: 'refused', part: 0.5 }],
];

/**
 * The policy of production, approved and not priced; its bake lasts `bakeMs` where that is what is asked for.
 */
function policyOf(bakeMs: number | null): RolloutPolicy {
  const { waves } = defaultRolloutPolicy;
  const free = Number.MAX_SAFE_INTEGER;
  return {
    ...defaultRolloutPolicy,
    people: 0,
    waves: {
      ...waves,
      maxFailed: { firstWave: free, laterWaves: free },
      bake: { ...waves.bake, minMs: bakeMs ?? waves.bake.minMs },
    },
  };
}

/**
 * Whole rollouts on a simulated clock, from the first wave to the proof or back: the real machine and the
 * real gate.
 */
export const gate: Bench = async ({ rollouts, log }) => {
  const quick = policyOf(BAKE_MS);
  const world = { policy: quick, instances: INSTANCES, rps: 50, probes: PROBES, effect: null };
  let seed = 1;
  const run = (count: number, change: Partial<World> & { weather: Weather }): Rolled[] =>
    Array.from({ length: Math.max(1, Math.round(count)) }, () =>
      rollOut({ ...world, ...change, seed: seed++ }),
    );

  const startedAt = process.cpuUsage();
  const steady = run(rollouts / 2, { weather: 'steady' });
  const bursty = run(rollouts / 2, { weather: 'bursty' });
  const healthy = [...steady, ...bursty];
  const { user, system } = process.cpuUsage(startedAt);
  log(`${healthy.length} healthy: ${undone(healthy)} undone; ${reasonsOf(healthy)}`);
  const long = run(rollouts / 100, { weather: 'bursty', policy: policyOf(null) });
  log(`${long.length} healthy with a long bake: ${undone(long)} undone; ${reasonsOf(long)}`);
  const trouble = run(rollouts / 20, { weather: 'trouble' });
  log(`${trouble.length} healthy in common trouble: ${undone(trouble)} undone; ${reasonsOf(trouble)}`);

  const figures: Figure[] = [
    falseOf('healthy, steady and bursty traffic', healthy),
    falseOf('… with the bake of six minutes', long),
    falseOf('… while 30 % of all requests fail everywhere, now and then', trouble),
  ];
  for (const rps of RATES) {
    for (const [name, effect] of effects) {
      const bad = run(rollouts / 20, { weather: 'bursty', rps, effect });
      const caught = bad.filter(({ ended }) => ended === 'rolled_back');
      log(`${name}, ${rps}/s: ${caught.length} of ${bad.length} caught; ${reasonsOf(bad)}`);
      const what = `${name}, ${rps} payments/s`;
      const seconds = caught.map(({ verdictMs }) => verdictMs / 1_000);
      const failed = caught.map((each) => each.failed);
      figures.push(
        { what: `${what}: caught`, value: (100 * caught.length) / bad.length, unit: '%' },
        { what: `${what}: verdict after, median`, value: median(seconds), unit: 's' },
        { what: `${what}: verdict after, p95`, value: quantile(seconds, 0.95), unit: 's' },
        { what: `${what}: failed payments, median`, value: median(failed), unit: '' },
        { what: `${what}: failed payments, p95`, value: quantile(failed, 0.95), unit: '' },
      );
    }
  }
  return {
    bench: 'gate: the real rollout machine and gate on a simulated clock',
    figures: [
      ...figures,
      {
        what: `processor time of ${healthy.length} healthy rollouts`,
        value: (user + system) / 1_000_000,
        unit: 's',
      },
    ],
    notes: [
      `${INSTANCES} instances, ${PROBES} probes/s to each, usual error rate 0.4 %, 3.5 % refused by mistakes of many callers; the policy of production with a bake of ${BAKE_MS / 1_000} s`,
      'bursty: five times the traffic for up to 4 s, every 20 s on average, unequal instances, and each minute 20 s in which one app is refused at every turn; bad releases in it too',
      'from the first instance that serves with the release; failed: until the last is back, of all waves it came to',
      'undone counts all that were not proved, whatever the reason',
    ],
  };
};

function falseOf(what: string, rolled: readonly Rolled[]): Figure {
  return {
    what: `undone of ${rolled.length}: ${what}`,
    value: (100 * undone(rolled)) / rolled.length,
    unit: '%',
    reach: { at: 'most', value: FALSE_MOST },
  };
}

function undone(rolled: readonly Rolled[]): number {
  return rolled.filter(({ ended }) => ended === 'rolled_back').length;
}

/** How often each reason was given, instances' names and numbers left out. */
function reasonsOf(rolled: readonly Rolled[]): string {
  const reasons = rolled.flatMap(({ ended, reason }) =>
    ended === 'proved'
      ? []
      : [/probes in a row/.test(reason) ? 'probes failed in a row' : reason.replace(/:.*/, '')],
  );
  const counted = [...Map.groupBy(reasons, (reason) => reason)];
  return counted.map(([reason, each]) => `${each.length} ${reason}`).join(', ') || 'none';
}
