import { betaQuantile } from './beta.ts';
import { classOf, type Ended, type Endings, endedIn, isKind, kindsIn, tallyOf } from './endings.ts';
import { logBet, nullChance, ODDS } from './odds.ts';
import { type Arms, type OwnShare, UNKNOWN_SHARE } from './share.ts';

/**
 * The bets on how things end. Each is fair, or loses, where the release changes nothing and what it grants is
 * true; by point of the grid, ln of the factor by which a window multiplies it.
 */
export type Bet = (point: number) => number;

/**
 * What a bet on shares grants the exposed beside their part of the class: all that they had of this ending
 * before the push, or of that only so much that they are half as bad again as their part makes them. A few
 * endings before the push make a share that a bad release can hardly pass.
 */
export type Granted = 'all they had before' | 'half more than their part';

/** Where the bets against the time before put the new rate: so far from the old one to 1. */
const RISES: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.95];
/** As many as there are odds: the bets of an ending all have one grid. */
export const POINTS = ODDS.length;
/** Of a class; below it nothing is known of its rates or of how it is spread. */
const ENOUGH = 20;
/** What the rates of a quiet day may differ by from one quarter of an hour to the next. */
const DRIFT = 0.03;
const HIGHEST_RATE = 0.9;
const HALF_MORE = 1.5;

/**
 * Given how many of a class ended in each arm, and how many of them like this, the exposed ones are drawn
 * from all without putting back; a bet on a share loses nothing by that (Hoeffding 1963), so the share may be
 * that of this very wave. An instance counts a caller twice a second at most, so one that calls everywhere
 * counts by instances, not by traffic: that share is granted too.
 */
export function betOnShare(
  known: Readonly<Record<string, OwnShare>>,
  here: Arms<Endings>,
  window: Arms<Ended>,
  name: string,
  granted: Granted,
): Bet | undefined {
  const [exposed, control] = [endedIn(window.exposed.endings, name), endedIn(window.control.endings, name)];
  const of = classOf(name);
  const own = known[name] ?? { ...UNKNOWN_SHARE, traffic: known[of]?.traffic ?? 0 };
  const ended = { exposed: here.exposed[of] ?? 0, control: here.control[of] ?? 0 };
  const all = ended.exposed + ended.control;
  const measured = all < ENOUGH ? 0 : ended.exposed / all;
  const members = (arm: Ended) => arm.members[of] ?? 0;
  const counting = members(window.exposed) / Math.max(1, members(window.exposed) + members(window.control));
  const part = Math.max(measured, own.traffic, counting);
  const most = granted === 'half more than their part' ? nullChance(part, HALF_MORE) : 1;
  const share = Math.max(part, Math.min(own.bad, most));
  if (exposed + control === 0 || share === 0) return undefined;
  const q = nullChance(share, 1);
  return (point) => logBet(ODDS[point] ?? 1, q, exposed, control);
}

/**
 * Against the time before: its rate at most (`highestRates`), or one that has risen. It needs no control.
 */
export function betOnRate(
  most: Readonly<Record<string, number>>,
  window: Endings,
  name: string,
): Bet | undefined {
  const p0 = most[name] ?? most[`${classOf(name)}/`];
  const { good, bad } = tallyOf(window, name);
  if (p0 === undefined || good + bad === 0) return undefined;
  return (point) => {
    const p1 = p0 + (1 - p0) * (RISES[point] ?? 0);
    return bad * Math.log(p1 / p0) + good * Math.log((1 - p1) / (1 - p0));
  };
}

/**
 * The most that the rate of each ending may be by what it was, with 99 % room and some for the time of day;
 * of a class and a slash: of its other kinds. What too little is known of is left out.
 */
export function highestRates(before: Endings): Record<string, number> {
  const classes = Object.keys(before).filter((name) => !isKind(name) && (before[name] ?? 0) >= ENOUGH);
  const names = classes.flatMap((of) => [of, `${of}/`, ...kindsIn(of, before)]);
  return Object.fromEntries(
    names.map((name) => {
      const { good, bad } = tallyOf(before, name);
      return [name, Math.min(HIGHEST_RATE, betaQuantile(0.99, bad + 1, Math.max(good, 0.5)) + DRIFT)];
    }),
  );
}
