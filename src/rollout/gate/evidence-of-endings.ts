import { type Bet, betOnRate, betOnShare, type Granted, highestRates, POINTS } from './ending-bets.ts';
import {
  classOf,
  type Ended,
  type Endings,
  isKind,
  kindsIn,
  NO_ENDINGS,
  plusEndings,
  tallyOf,
} from './endings.ts';
import { beginWave, logSum, logValue, type Mixture, multiply, newMixture } from './mixture.ts';
import { type Arms, AS_LONG, type OwnShare, ownShare } from './share.ts';

/**
 * Evidence that a release changes how things end that are nobody's failure of ours: more refused requests,
 * other results, callbacks that do not arrive. One e-process a class, over all its kinds together, and one a
 * kind. Where control has things of the class to end, the two are compared, given their parts of the class;
 * where it has none, as with the one worker, the time before is.
 *
 * A comparison grants the exposed what they had before the push, and so it sees little where they had
 * nearly all of an ending, be it by chance. That is why half of the weight lies on two bets that speak
 * only together: that the exposed have more of it than half more than their part, and that their own
 * rate has risen. The sick host has the rate it had, and of what happens to all alike it has its part.
 * E is the smaller of the two, which is expected to be at most 1 when either is as it was. So the
 * bound on false alarms holds in both cases (that of the rate with the room which it gives the old
 * one); it does not for a host that was more than half as bad again as the others, in trouble that
 * makes all worse by so many times.
 */
export interface EndingsState {
  /** Before the push, of those now exposed and of the rest. */
  readonly before: Arms<Endings>;
  /** Since this wave began. */
  readonly here: Arms<Endings>;
  readonly begun: number;
  /** By ending: compared, granted all that the exposed had of it before the push. */
  readonly harm: Readonly<Record<string, Mixture>>;
  readonly risen: Readonly<Record<string, Risen>>;
  /** By class: what a kind has that never happened yet, for the bets against the time before. */
  readonly unseen: Readonly<Record<string, Mixture>>;
  readonly own: Readonly<Record<string, OwnShare>>;
  /** The most that the rate of each ending may be by what it was on those now exposed. */
  readonly most: Readonly<Record<string, number>>;
}

/** More than half more than the part of the exposed, and more than their rate before the push. */
interface Risen {
  readonly share: Mixture;
  readonly rate: Mixture;
}

/**
 * Parts of the weight of all endings; a class that is not counted keeps its part, as a bet that is not made.
 */
const CLASSES = 3;
const KINDS = 32;

export function newEndings(): EndingsState {
  const nothing = { exposed: NO_ENDINGS, control: NO_ENDINGS };
  return { before: nothing, here: nothing, begun: 0, harm: {}, risen: {}, unseen: {}, own: {}, most: {} };
}

export function endingsOpenWave(
  state: EndingsState,
  before: Arms<Endings>,
  seenFor: Arms<number> = AS_LONG,
): EndingsState {
  const names = new Set([...Object.keys(before.exposed), ...Object.keys(before.control)]);
  return {
    before,
    here: newEndings().here,
    begun: state.begun + 1,
    harm: mapped(state.harm, beginWave),
    risen: mapped(state.risen, ({ share, rate }) => ({ share: beginWave(share), rate: beginWave(rate) })),
    unseen: mapped(state.unseen, beginWave),
    own: Object.fromEntries(
      [...names].map((name) => [
        name,
        ownShare({ exposed: tallyOf(before.exposed, name), control: tallyOf(before.control, name) }, seenFor),
      ]),
    ),
    most: highestRates(before.exposed),
  };
}

export function observeEndings(state: EndingsState, ended: Arms<Ended>): EndingsState {
  const window = { exposed: ended.exposed.endings, control: ended.control.endings };
  const here = {
    exposed: plusEndings(state.here.exposed, window.exposed),
    control: plusEndings(state.here.control, window.control),
  };
  const harm = { ...state.harm };
  const risen = { ...state.risen };
  const unseen = { ...state.unseen };
  const classes = new Set([...Object.keys(window.exposed), ...Object.keys(window.control)].map(classOf));
  for (const of of classes) {
    const fresh = () => begunMixture(state.begun);
    const rest = unseen[of] ?? fresh();
    const alone = hasNone(state.before.control, of) && hasNone(here.control, of);
    for (const name of new Set([of, ...kindsIn(of, window.exposed, window.control, harm)])) {
      const onRate = betOnRate(state.most, window.exposed, name);
      const rate = risen[name]?.rate ?? (isKind(name) ? rest : fresh());
      const shares = (granted: Granted) =>
        alone ? onRate : betOnShare(state.own, here, ended, name, granted);
      const unmade = () => (alone ? rate : fresh());
      harm[name] = after(harm[name] ?? unmade(), shares('all they had before'));
      risen[name] = {
        share: after(risen[name]?.share ?? unmade(), shares('half more than their part')),
        rate: after(rate, onRate),
      };
    }
    unseen[of] = after(rest, betOnRate(state.most, window.exposed, `${of}/`));
  }
  return { ...state, here, harm, risen, unseen };
}

/** ln E of all endings together. */
export function logEndings(state: EndingsState, waves: number): number {
  const terms: number[] = [];
  let rest = 1;
  for (const name of Object.keys(state.harm)) {
    const weight = weightOf(name);
    // More kinds than there are parts: the last ones are in their class alone.
    if (rest - weight < 0) continue;
    rest -= weight;
    terms.push(Math.log(weight) + logOf(state, name, (mixture) => logValue(mixture, waves)));
  }
  if (rest > 1e-9) terms.push(Math.log(rest));
  return logSum(terms);
}

/**
 * What speaks loudest against the release, and the ln E it has reached in this wave alone; `undefined`:
 * nothing ended yet.
 */
export function loudest(state: EndingsState): { name: string; logValue: number } | undefined {
  const each = Object.keys(state.harm).map((name) => ({ name, logValue: logOf(state, name, inThisWave) }));
  // A kind says more than its class, where both say it.
  return each.sort((a, b) => b.logValue - a.logValue || Number(isKind(b.name)) - Number(isKind(a.name)))[0];
}

/** ln E of one ending: half of it what is compared, half what has risen in both ways. */
function logOf({ harm, risen }: EndingsState, name: string, value: (mixture: Mixture) => number): number {
  const [compared, both] = [harm[name], risen[name]];
  if (compared === undefined || both === undefined) return 0;
  return logSum([value(compared), Math.min(value(both.share), value(both.rate))]) - Math.LN2;
}

function after(mixture: Mixture, bet: Bet | undefined): Mixture {
  return bet === undefined ? mixture : multiply(mixture, bet);
}

function hasNone(endings: Endings, of: string): boolean {
  return (endings[of] ?? 0) === 0;
}

function weightOf(name: string): number {
  const half = 1 / CLASSES / 2;
  return isKind(name) ? half / KINDS : half;
}

function inThisWave({ sums, starts }: Mixture): number {
  const start = starts.at(-1) ?? [];
  return logSum(sums.map((sum, point) => sum - (start[point] ?? 0))) - Math.log(sums.length);
}

function begunMixture(begun: number): Mixture {
  let mixture = newMixture(POINTS);
  for (let wave = 0; wave < begun; wave++) mixture = beginWave(mixture);
  return mixture;
}

function mapped<T>(each: Readonly<Record<string, T>>, change: (one: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(each).map(([name, one]) => [name, change(one)]));
}
