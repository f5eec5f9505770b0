import { betaQuantile } from './beta.ts';
import { nullChance } from './odds.ts';

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
/** Fewer outcomes than this say little about how the traffic is spread. */
const ENOUGH_TO_MEASURE = 100;
/**
 * Of an arm that was seen for less than this part of the other's time it is not known what it usually has.
 */
const LEAST_SEEN = 0.25;
/** Above it the bets on errors could win nothing any more. */
const HIGHEST_SHARE = 0.9;

/**
 * What the exposed instances had of all bad events and of all traffic before the push, with 95 % room each
 * way.
 */
export interface OwnShare {
  /** Of bad events, at most; 0: nothing is known. */
  readonly bad: number;
  /** Of all outcomes; 0: nothing is known. */
  readonly traffic: number;
  /** Of completions, at least; 0: nothing is known, so no shortage can be seen either. */
  readonly completions: number;
}

export const UNKNOWN_SHARE: OwnShare = { bad: 0, traffic: 0, completions: 0 };

/** Both arms were seen for as long. */
export const AS_LONG: Arms<number> = { exposed: 1, control: 1 };

/**
 * From the two minutes before the push. Worth keeping: it holds for a whole wave, and costs two quantiles.
 * `seenFor`: how long an instance of each arm was seen on average; who came, or was given its release, a
 * moment ago had less of everything by that alone, and the shares are those of arms that were seen for as
 * long.
 */
export function ownShare({ exposed, control }: Arms<Tally>, seenFor: Arms<number> = AS_LONG): OwnShare {
  const longer = seenFor.control / seenFor.exposed;
  if (!(longer >= LEAST_SEEN && longer <= 1 / LEAST_SEEN)) return UNKNOWN_SHARE;
  // The odds that something was an exposed one's grow with the time that these were seen for.
  const evened = (share: number) => nullChance(share, longer);
  const all = (tally: Tally) => tally.good + tally.bad;
  const traffic = { exposed: all(exposed), control: all(control) };
  const enoughBad = exposed.bad + control.bad >= ENOUGH_BAD_BEFORE;
  return {
    bad: enoughBad ? evened(betaQuantile(0.95, exposed.bad + 1, control.bad + 0.5)) : 0,
    traffic: evened(measuredShare(traffic)),
    completions:
      traffic.exposed + traffic.control === 0
        ? 0
        : evened(betaQuantile(0.05, traffic.exposed + 0.5, traffic.control + 1)),
  };
}

/** The exposed part of outcomes counted so far; 0 while there are too few to tell. */
export function measuredShare({ exposed, control }: Arms<number>): number {
  return exposed + control < ENOUGH_TO_MEASURE ? 0 : exposed / (exposed + control);
}

/**
 * The share of bad events to grant the exposed instances: the largest of what they should get of the traffic,
 * what they got of it in this wave and before, and what they had of the bad events before (difference in
 * differences). So neither a balancer that favours one host nor the host that was always the sick one raises
 * an alarm. Where the last one decides, the bound on false alarms is approximate, no longer a theorem.
 */
export function grantedShare(weight: number, inThisWave: Arms<number>, own: OwnShare): number {
  return Math.max(weight, measuredShare(inThisWave), own.traffic, Math.min(HIGHEST_SHARE, own.bad));
}

/** The least share of completions to expect from the exposed instances. */
export function expectedShare(weight: number, own: OwnShare): number {
  return Math.min(weight, own.completions);
}
