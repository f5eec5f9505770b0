import { betaQuantile } from './beta.ts';

/** Good and bad outcomes of some instances over some time. */
export interface Tally {
  readonly good: number;
  readonly bad: number;
}

export const NOTHING: Tally = { good: 0, bad: 0 };

export function plus(a: Tally, b: Tally): Tally {
  return { good: a.good + b.good, bad: a.bad + b.bad };
}

/** Both sides of a comparison: the instances on the new release, and those still on the old one. */
export interface Arms<T> {
  readonly exposed: T;
  readonly control: T;
}

/** Fewer bad events than this before the push say nothing about which instances were the worse ones. */
const ENOUGH_BAD_BEFORE = 10;
/** Above it the bets could win nothing any more. */
const HIGHEST_SHARE = 0.9;

/** What the exposed instances had of all bad events and of all traffic before the push, with 95 % room each way. */
export interface OwnShare {
  /** Of bad events, at most; 0: nothing is known. */
  readonly bad: number;
  /** Of completions, at least; 0: nothing is known, so no shortage can be seen either. */
  readonly completions: number;
}

export const UNKNOWN_SHARE: OwnShare = { bad: 0, completions: 0 };

/** From the two minutes before the push. Worth keeping: it holds for a whole wave, and costs two quantiles. */
export function ownShare({ exposed, control }: Arms<Tally>): OwnShare {
  const all = (tally: Tally) => tally.good + tally.bad;
  const enoughBad = exposed.bad + control.bad >= ENOUGH_BAD_BEFORE;
  return {
    bad: enoughBad ? Math.min(HIGHEST_SHARE, betaQuantile(0.95, exposed.bad + 1, control.bad + 0.5)) : 0,
    completions:
      all(exposed) + all(control) === 0 ? 0 : betaQuantile(0.05, all(exposed) + 0.5, all(control) + 1),
  };
}

/**
 * The share of bad events to grant the exposed instances: their share of the traffic, or their own earlier one where
 * that is more (difference in differences). So the host that was always the sick one raises no alarm. With this
 * correction the bound on false alarms is approximate, no longer a theorem.
 */
export function grantedShare(trafficShare: number, own: OwnShare): number {
  return Math.max(trafficShare, own.bad);
}

/** The least share of completions to expect from the exposed instances. */
export function expectedShare(trafficShare: number, own: OwnShare): number {
  return Math.min(trafficShare, own.completions);
}
