import { betaQuantile } from './beta.ts';
import type { Tally } from './share.ts';

/** What a wave must show before the next may open. */
export interface HealthCriteria {
  /** δ: the smallest excess bad rate worth stopping for. */
  readonly excessBadRate: number;
  /** β: the accepted chance to open the next wave although the rate is in excess by δ. */
  readonly missChance: number;
}

/** Fewer outcomes than this on the old release give no rate to compare with. */
const ENOUGH_TO_COMPARE = 20;
/** In worse trouble than this nothing is promoted. */
const HIGHEST_BASE_RATE = 0.2;

/**
 * Upper 95 % limit of the bad rate on the old release (Clopper–Pearson); `undefined`: too little is known.
 */
export function baseRate(old: Tally): number | undefined {
  if (old.good + old.bad < ENOUGH_TO_COMPARE) return undefined;
  return Math.min(HIGHEST_BASE_RATE, betaQuantile(0.95, old.bad + 1, Math.max(old.good, 0.5)));
}

/**
 * ln Λ, Λ = Π_good (1−p0)/(1−p0−δ) · Π_bad p0/(p0+δ): how much better the outcomes fit the old rate than one
 * worse by δ. Promotion wants Λ ≥ 1/β. Its inverse is evidence against the old rate.
 */
export function logHealth(outcomes: Tally, p0: number, excess: number): number {
  return outcomes.good * goodStep(p0, excess) + outcomes.bad * Math.log(p0 / (p0 + excess));
}

/**
 * How many more good outcomes in a row would let the next wave open: Λ ≥ 1/β, and no fewer than ln β /
 * ln(1−δ) in all, which a rate of δ alone would hardly bring. p0 is an upper limit: where little is known of
 * the old release it lies far above the old rate, and a Λ made with it is reached by less than β stands for.
 */
export function missingOutcomes(outcomes: Tally, p0: number, criteria: HealthCriteria): number {
  const { excessBadRate, missChance } = criteria;
  // No outcomes tell such a rate from the old one.
  if (!(excessBadRate > 0 && p0 + excessBadRate < 1)) return Number.POSITIVE_INFINITY;
  const wanted = Math.log(1 / missChance) - logHealth(outcomes, p0, excessBadRate);
  const least = Math.log(missChance) / Math.log(1 - excessBadRate);
  return Math.max(0, Math.ceil(wanted / goodStep(p0, excessBadRate)), Math.ceil(least - outcomes.good));
}

function goodStep(p0: number, excess: number): number {
  return Math.log((1 - p0) / (1 - p0 - excess));
}
