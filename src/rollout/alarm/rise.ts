import { betaQuantile } from '../gate/beta.ts';
import type { Tally } from '../gate/share.ts';

/**
 * Evidence that a rate has risen, watched without an end. For each risen rate of a grid a Shiryaev–Roberts
 * sum of betting factors, R = (1 + R) · Π (p₁/p₀)ˣ ((1−p₁)/(1−p₀))ʸ a window; their mean is an e-detector
 * (Shin, Ramdas, Rinaldo): while the rate is p₀ at most, whatever its course, it takes `ALARM` windows on
 * average until one comes to `ALARM`. Kept as ln(1 + R), which JSON can carry.
 */
export type Rise = readonly number[];

/** Where the bets put the risen rate: so far from the old one to 1. */
const RISES: readonly number[] = [0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.8, 0.95];
/**
 * With windows of a second, one false alarm in 115 days at the very limit; at the usual rate there is none to
 * be seen.
 */
export const ALARM = 10_000_000;
const LOG_ALARM = Math.log(ALARM);
/** More says no more. */
const HIGHEST = 700;

export const NO_RISE: Rise = RISES.map(() => 0);

/**
 * The same after one more window, in which `bad` of all ended so; a window in which nothing ended says
 * nothing.
 */
export function riseAfter(rise: Rise, { good, bad }: Tally, p0: number): Rise {
  if (good + bad === 0) return rise;
  return rise.map((held, point) => {
    const p1 = p0 + (1 - p0) * (RISES[point] ?? 0);
    const log = held + bad * Math.log(p1 / p0) + good * Math.log((1 - p1) / (1 - p0));
    return Math.min(HIGHEST, log > 30 ? log : Math.log1p(Math.exp(log)));
  });
}

export function hasRisen(rise: Rise): boolean {
  const top = Math.max(...rise);
  const sum = rise.reduce((all, held) => all + Math.exp(held - top) - Math.exp(-top), 0);
  return top + Math.log(sum / rise.length) >= LOG_ALARM;
}

/** Fewer than this before tell no rate. */
const ENOUGH = 20;

/**
 * The most that the rate may be by what it was before, with 99 % room and `drift`; `undefined`: too little is
 * known.
 */
export function limitBy(
  { good, bad }: Tally,
  { drift, highest }: { drift: number; highest: number },
): number | undefined {
  if (good + bad < ENOUGH) return undefined;
  return Math.min(highest, betaQuantile(0.99, bad + 1, Math.max(good, 0.5)) + drift);
}
