import { betaQuantile } from './beta.ts';
import { classOf, type Ended, type Endings, endedIn, isKind, NO_ENDINGS, plusEndings } from './endings.ts';
import { beginWave, logSum, logValue, type Mixture, multiply, newMixture } from './mixture.ts';
import { logBet, nullChance, ODDS } from './odds.ts';
import { type Arms, AS_LONG, type OwnShare, ownShare, type Tally, UNKNOWN_SHARE } from './share.ts';

/**
 * Evidence that a release changes how things end that are nobody's failure of ours: more refused requests,
 * other results, callbacks that do not arrive. One e-process a class, over all its kinds together, and one a
 * kind. Where control has things of the class to end, the two are compared, given their parts of the class;
 * where it has none, as with the one worker, the time before is.
 */
export interface EndingsState {
  /** Before the push, of those now exposed and of the rest. */
  readonly before: Arms<Endings>;
  /** Since this wave began. */
  readonly here: Arms<Endings>;
  readonly begun: number;
  readonly harm: Readonly<Record<string, Mixture>>;
  /** By class: what a kind has that never happened yet, for the bets against the time before. */
  readonly unseen: Readonly<Record<string, Mixture>>;
  readonly own: Readonly<Record<string, OwnShare>>;
  /**
   * The most that the rate of each ending may be by what it was on those now exposed; of a class and a slash:
   * of its other kinds.
   */
  readonly most: Readonly<Record<string, number>>;
}

/** Where the bets against the time before put the new rate: so far from the old one to 1. */
const RISES: readonly number[] = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 0.95];
/**
 * Parts of the weight of all endings; a class that is not counted keeps its part, as a bet that is not made.
 */
const CLASSES = 3;
const KINDS = 32;
/** Of a class; below it nothing is known of its rates or of how it is spread. */
const ENOUGH = 20;
/** What the rates of a quiet day may differ by from one quarter of an hour to the next. */
const DRIFT = 0.03;
const HIGHEST_RATE = 0.9;

export function newEndings(): EndingsState {
  const nothing = { exposed: NO_ENDINGS, control: NO_ENDINGS };
  return { before: nothing, here: nothing, begun: 0, harm: {}, unseen: {}, own: {}, most: {} };
}

export function endingsOpenWave(
  state: EndingsState,
  before: Arms<Endings>,
  seenFor: Arms<number> = AS_LONG,
): EndingsState {
  const begin = (mixtures: EndingsState['harm']) => mapped(mixtures, beginWave);
  const names = new Set([...Object.keys(before.exposed), ...Object.keys(before.control)]);
  return {
    before,
    here: newEndings().here,
    begun: state.begun + 1,
    harm: begin(state.harm),
    unseen: begin(state.unseen),
    own: Object.fromEntries(
      [...names].map((name) => [
        name,
        ownShare({ exposed: tallyOf(before.exposed, name), control: tallyOf(before.control, name) }, seenFor),
      ]),
    ),
    most: mostOf(before.exposed),
  };
}

export function observeEndings(state: EndingsState, ended: Arms<Ended>): EndingsState {
  const window = { exposed: ended.exposed.endings, control: ended.control.endings };
  const here = {
    exposed: plusEndings(state.here.exposed, window.exposed),
    control: plusEndings(state.here.control, window.control),
  };
  const harm = { ...state.harm };
  const unseen = { ...state.unseen };
  const classes = new Set([...Object.keys(window.exposed), ...Object.keys(window.control)].map(classOf));
  for (const of of classes) {
    const fresh = () => begunMixture(state.begun);
    const rest = unseen[of] ?? fresh();
    const alone = hasNone(state.before.control, of) && hasNone(here.control, of);
    for (const name of new Set([of, ...kindsIn(of, window.exposed, window.control, harm)])) {
      const known = harm[name] ?? (alone && isKind(name) ? rest : fresh());
      const bet = alone ? betAlone(state, window.exposed, name) : betOnShare(state, here, ended, name);
      harm[name] = bet === undefined ? known : multiply(known, bet);
    }
    const still = alone ? betAlone(state, window.exposed, `${of}/`) : undefined;
    unseen[of] = still === undefined ? rest : multiply(rest, still);
  }
  return { ...state, here, harm, unseen };
}

/** ln E of all endings together. */
export function logEndings(state: EndingsState, waves: number): number {
  const terms: number[] = [];
  let rest = 1;
  for (const [name, mixture] of Object.entries(state.harm)) {
    const weight = weightOf(name);
    // More kinds than there are parts: the last ones are in their class alone.
    if (rest - weight < 0) continue;
    rest -= weight;
    terms.push(Math.log(weight) + logValue(mixture, waves));
  }
  if (rest > 1e-9) terms.push(Math.log(rest));
  return logSum(terms);
}

/**
 * What speaks loudest against the release, and the ln E it has reached in this wave alone; `undefined`:
 * nothing ended yet.
 */
export function loudest(state: EndingsState): { name: string; logValue: number } | undefined {
  const each = Object.entries(state.harm).map(([name, mixture]) => ({ name, logValue: inThisWave(mixture) }));
  // A kind says more than its class, where both say it.
  return each.sort((a, b) => b.logValue - a.logValue || Number(isKind(b.name)) - Number(isKind(a.name)))[0];
}

/** Those of an arm that ended like this, as `bad`, and the rest of its class. */
export function tallyOf(endings: Endings, name: string): Tally {
  const bad = endedIn(endings, name);
  return { good: Math.max(0, (endings[classOf(name)] ?? 0) - bad), bad };
}

/**
 * Given how many of a class ended in each arm, and how many of them like this, the exposed ones are drawn
 * from all without putting back; a bet on a share loses nothing by that (Hoeffding 1963), so the share may be
 * that of this very wave. An instance counts a caller twice a second at most, so one that calls everywhere
 * counts by instances, not by traffic: that share is granted too.
 */
function betOnShare(
  state: EndingsState,
  here: Arms<Endings>,
  window: Arms<Ended>,
  name: string,
): ((point: number) => number) | undefined {
  const [exposed, control] = [endedIn(window.exposed.endings, name), endedIn(window.control.endings, name)];
  const of = classOf(name);
  const own = state.own[name] ?? { ...UNKNOWN_SHARE, traffic: state.own[of]?.traffic ?? 0 };
  const ended = { exposed: here.exposed[of] ?? 0, control: here.control[of] ?? 0 };
  const all = ended.exposed + ended.control;
  const measured = all < ENOUGH ? 0 : ended.exposed / all;
  const members = (arm: Ended) => arm.members[of] ?? 0;
  const counting = members(window.exposed) / Math.max(1, members(window.exposed) + members(window.control));
  const share = Math.max(measured, own.traffic, own.bad, counting);
  if (exposed + control === 0 || share === 0) return undefined;
  const q = nullChance(share, 1);
  return (point) => logBet(ODDS[point] ?? 1, q, exposed, control);
}

/**
 * Against the time before: its rate at most, with 99 % room and some for the time of day, or one that has
 * risen.
 */
function betAlone(
  { most }: EndingsState,
  window: Endings,
  name: string,
): ((point: number) => number) | undefined {
  const p0 = most[name] ?? most[`${classOf(name)}/`];
  const { good, bad } = tallyOf(window, name);
  if (p0 === undefined || good + bad === 0) return undefined;
  return (point) => {
    const p1 = p0 + (1 - p0) * (RISES[point] ?? 0);
    return bad * Math.log(p1 / p0) + good * Math.log((1 - p1) / (1 - p0));
  };
}

function mostOf(before: Endings): Record<string, number> {
  const classes = Object.keys(before).filter((name) => !isKind(name) && (before[name] ?? 0) >= ENOUGH);
  const names = classes.flatMap((of) => [of, `${of}/`, ...kindsIn(of, before)]);
  return Object.fromEntries(
    names.map((name) => {
      const { good, bad } = tallyOf(before, name);
      return [name, Math.min(HIGHEST_RATE, betaQuantile(0.99, bad + 1, Math.max(good, 0.5)) + DRIFT)];
    }),
  );
}

function kindsIn(of: string, ...among: readonly object[]): string[] {
  return among.flatMap((each) => Object.keys(each)).filter((name) => isKind(name) && classOf(name) === of);
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
  let mixture = newMixture(ODDS.length);
  for (let wave = 0; wave < begun; wave++) mixture = beginWave(mixture);
  return mixture;
}

function mapped(
  mixtures: Readonly<Record<string, Mixture>>,
  change: (mixture: Mixture) => Mixture,
): Record<string, Mixture> {
  return Object.fromEntries(Object.entries(mixtures).map(([name, mixture]) => [name, change(mixture)]));
}
