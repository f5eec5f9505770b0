import type { Reading, Series } from '../reading.ts';

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many came, where `mean` come on average (Poisson). */
export function arrivals(mean: number, random: () => number): number {
  if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const bound = Math.exp(-mean);
  let [count, product] = [0, random()];
  while (product > bound) {
    count += 1;
    product *= random();
  }
  return count;
}

export interface Traffic {
  /** Requests a second. */
  readonly rate: number;
  /** The median of the share that fails. */
  readonly failing: number;
  /** Of the logarithm of each minute's rate and share of failures; 0: none. */
  readonly swings: { readonly rate: number; readonly failing: number };
}

/** The good and bad of each second, with swings from minute to minute. */
export function* seconds(traffic: Traffic, random: () => number): Generator<{ good: number; bad: number }> {
  for (;;) {
    const rate = traffic.rate * Math.exp(traffic.swings.rate * normal(random));
    const failing = Math.min(1, traffic.failing * Math.exp(traffic.swings.failing * normal(random)));
    for (let second = 0; second < 60; second += 1) {
      const bad = failing === 0 ? 0 : arrivals(rate * failing, random);
      yield { good: arrivals(rate * (1 - failing), random), bad };
    }
  }
}

/** Answered at once, with nothing waiting, unless said otherwise. */
export const reading = (series: Series, good: number, bad: number, more: Partial<Reading> = {}): Reading => ({
  series,
  good,
  bad,
  inFlight: 0,
  oldestMs: 0,
  deadlineMs: 10_000,
  ...more,
});
