import { gamma, random } from '../../src/rollout/gate/testdata/random.ts';

/**
 * A stretch of time in which every instance gets `times` as much traffic, and `failing` of all requests fail.
 */
interface Burst {
  readonly from: number;
  readonly to: number;
  readonly times: number;
  readonly failing: number;
}

/** What comes to the instances of a simulated service, whatever release they have. */
export interface Traffic {
  /**
   * Of one instance over a time: requests to be expected, and how many of these fail for reasons of their
   * own.
   */
  during(instance: number, from: number, to: number): { requests: number; failing: number };
}

/**
 * `steady`: random and even. `bursty`: five times as much now and then. `trouble`: and half of the bursts
 * fail everywhere.
 */
export type Weather = 'steady' | 'bursty' | 'trouble';

const BASE_RATE = 0.004;
const APART_MS = 20_000;
const LONGEST_MS = 4_000;
const TIMES = 5;
const FAILING = 0.3;

/** Traffic of `rps` over `instances`; where it is not steady, instances get unequal parts of it too. */
export function trafficOf(
  weather: Weather,
  { rps, instances, lengthMs, seed }: { rps: number; instances: number; lengthMs: number; seed: number },
): Traffic {
  const next = random(seed);
  const weights = Array.from({ length: instances }, () => (weather === 'steady' ? 1 : gamma(next, 16)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const perMs = weights.map((weight) => (rps * weight) / sum / 1_000);
  const bursts: Burst[] = [];
  for (let at = next() * APART_MS; weather !== 'steady' && at < lengthMs; at += next() * 2 * APART_MS) {
    const failing = weather === 'trouble' && next() < 0.5 ? FAILING : BASE_RATE;
    bursts.push({ from: at, to: at + next() * LONGEST_MS, times: TIMES, failing });
  }
  return {
    during(instance, from, to) {
      const usual = (perMs[instance] ?? 0) * (to - from);
      const seen = { requests: usual, failing: usual * BASE_RATE };
      for (const burst of bursts) {
        const overlap = Math.min(to, burst.to) - Math.max(from, burst.from);
        if (overlap <= 0) continue;
        const within = (perMs[instance] ?? 0) * overlap;
        seen.requests += within * (burst.times - 1);
        seen.failing += within * (burst.times * burst.failing - BASE_RATE);
      }
      return seen;
    },
  };
}
