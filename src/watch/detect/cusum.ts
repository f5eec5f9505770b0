import type { Severity } from './reading.ts';

/**
 * The sequential test of Page (1954) between two failure ratios: every failure adds ln(p1/p0), every success
 * ln((1-p1)/(1-p0)), which is below 0; the sum never falls below 0, and an alarm is raised at h. With
 * independent failures the mean time between false alarms is at least e^h ticks: 30 days at a tick a second.
 */
export const H = 14.8;

/** A pair of ratios for each job: what is usual, and what must be noticed. */
export interface Pair {
  readonly severity: Severity;
  readonly detector: string;
  /** The least that counts as usual; what was learnt may lift it, to `CEILING` times as much. */
  readonly floor: number;
}

/** The noticed ratio by the usual one. */
const FACTOR = 10;
/** A baseline wilder than this times the floor needs mending, and no detector that is blind to it. */
const CEILING = 3;

export const PAIRS = [
  { severity: 'page', detector: 'cusum-1-10', floor: 0.01 },
  { severity: 'ticket', detector: 'cusum-0.5-5', floor: 0.005 },
  { severity: 'note', detector: 'cusum-0.2-2', floor: 0.002 },
] as const satisfies readonly Pair[];

/** Of one pair in one scope. `onset`, `good` and `bad` are of the time since the sum left 0. */
export interface Score {
  readonly sum: number;
  /** From h, until all failures are paid back: a sum that hovers at h is one alarm. */
  readonly alarm: boolean;
  readonly onset: number;
  readonly good: number;
  readonly bad: number;
}

export const ZERO: Score = Object.freeze({ sum: 0, alarm: false, onset: 0, good: 0, bad: 0 });

/** What is usual for the pair, given what was learnt. */
export const usual = (pair: Pair, learnt: number): number =>
  Math.min(Math.max(pair.floor, learnt), pair.floor * CEILING);

export function count(score: Score, good: number, bad: number, p0: number, now: number): Score {
  if (good === 0 && bad === 0) return score;
  const p1 = p0 * FACTOR;
  const sum = score.sum + bad * Math.log(FACTOR) + good * Math.log((1 - p1) / (1 - p0));
  if (sum <= 0) return ZERO;
  return {
    // Twice h is enough to remember: an outage of an hour is over in seconds when all is well again.
    sum: Math.min(sum, 2 * H),
    alarm: score.alarm || sum >= H,
    onset: score === ZERO || score.sum === 0 ? now : score.onset,
    good: score.good + good,
    bad: score.bad + bad,
  };
}
