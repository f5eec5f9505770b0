/** Seeded random numbers, so that a run can be had again (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function exponential(next: () => number, rate: number): number {
  return rate === 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - next()) / rate;
}

/** Counts of a Poisson variable; for small means. */
export function poisson(next: () => number, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = next(); product > limit; product *= next()) count++;
  return count;
}

/**
 * Gamma with the given shape and mean 1: the spread of unequal instances. Sum of exponentials, so whole
 * shapes only.
 */
export function gamma(next: () => number, shape: number): number {
  let sum = 0;
  for (let part = 0; part < shape; part++) sum += exponential(next, 1);
  return sum / shape;
}

export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}
