import { type Endings, endedIn, isKind, NO_ENDINGS, plusEndings, tallyOf } from '../gate/endings.ts';
import type { Outcomes } from '../gate/gate.ts';
import { NOTHING, plus, type Tally } from '../gate/share.ts';
import type { Before, Report } from '../machine/state.ts';
import { hasRisen, limitBy, NO_RISE, type Rise, riseAfter } from './rise.ts';
import type { Sign } from './signs.ts';

/** How requests, results and callbacks end with the release in force: see the table of `after-proof.ts`. */

/** What ended from `at` until the next window. */
export interface Moment {
  readonly at: number;
  readonly live: Tally;
  readonly probes: Tally;
  readonly endings: Endings;
}

/** By what is counted: `failing`, or a class of endings. */
export type Risen = Readonly<Record<string, Rise>>;

export const FAILING = 'failing';
export const RECENT_MS = 30_000;
const WINDOW_MS = 1_000;
/** Whether an alarm goes on is seen in what ended in so long. */
const LATELY_MS = 10_000;
/** So many in 100 requests may fail, whatever was before. */
const BORNE = 0.05;
/**
 * What the rates of a quiet day may differ by within an hour: of requests that fail, and of what callers make
 * of theirs. Where more than `highest` failed before, that was trouble, and a release that came in the midst
 * of it is not measured by it.
 */
const ROOM = { failing: { drift: 0.02, highest: 0.25 }, endings: { drift: 0.2, highest: 0.9 } };

/**
 * Slow is judged in a rollout alone: what it is compared with is measured while nothing changes
 * (`serving/admission/latency-baseline.ts`).
 */
function tally({ good, slow, error, deadline, saturation }: Outcomes): Tally {
  return { good: good + slow, bad: error + deadline + saturation };
}

/** The most that each rate may be by the time before; what is not known there is left out. */
export function limitsBy(before: Before): Record<string, number> {
  const endings = before.endings ?? NO_ENDINGS;
  const classes = Object.keys(endings).filter((name) => !isKind(name));
  const limits = [
    [FAILING, limitBy(before, ROOM.failing)] as const,
    ...classes.map((of) => [of, limitBy(tallyOf(endings, of), ROOM.endings)] as const),
  ];
  return Object.fromEntries(limits.flatMap(([name, limit]) => (limit === undefined ? [] : [[name, limit]])));
}

/** Adds reports to the newest window; `closed`: the one that ended by that, to be judged once. */
export function windowsAfter(
  windows: readonly Moment[],
  reports: readonly Report[],
  now: number,
): { windows: readonly Moment[]; closed: Moment | undefined } {
  const last = windows.at(-1);
  if (last === undefined || now - last.at < WINDOW_MS) {
    if (last !== undefined && reports.length === 0) return { windows, closed: undefined };
    const open = last ?? { at: now, live: NOTHING, probes: NOTHING, endings: NO_ENDINGS };
    return { windows: [...windows.slice(0, -1), withReports(open, reports)], closed: undefined };
  }
  const closed = withReports(last, reports);
  const kept = [...windows.slice(0, -1), closed].filter(({ at }) => now - at <= RECENT_MS);
  const next = { at: now, live: NOTHING, probes: NOTHING, endings: NO_ENDINGS };
  return { windows: [...kept, next], closed };
}

/**
 * What ended of late; its endings are summed for who asks for them, because there are many names of them and
 * many turns.
 */
export function recently(
  windows: readonly Moment[],
  now: number,
  withinMs = RECENT_MS,
): { live: Tally; probes: Tally; endings: () => Endings } {
  const within = windows.filter(({ at }) => now - at <= withinMs);
  return {
    live: within.reduce((sum, { live }) => plus(sum, live), NOTHING),
    probes: within.reduce((sum, { probes }) => plus(sum, probes), NOTHING),
    endings: () => within.reduce((sum, { endings }) => plusEndings(sum, endings), NO_ENDINGS),
  };
}

export function signsOfRise(
  { risen, limits, before, windows }: Judging,
  closed: Moment | undefined,
  {
    compared,
    standing,
    served,
    now,
  }: { compared: boolean; standing: ReadonlySet<string>; served: boolean; now: number },
): { risen: Risen; signs: readonly Sign[] } {
  // Nothing is new.
  if (closed === undefined && standing.size === 0) return { risen, signs: [] };
  const { live, endings } = recently(windows, now, LATELY_MS);
  const lately = { live, endings: endings() };
  const next: Record<string, Rise> = { ...risen };
  const signs: Sign[] = [];
  for (const stream of [FAILING, ...Object.keys(limits).filter((name) => name !== FAILING)]) {
    const limit = limitOf(stream, limits, compared);
    const kind = kindOf(stream);
    const seen = endedBy(lately, stream);
    const sign: Sign = { kind, what: textOf(stream, seen, lately, before), instances: [] };
    if (standing.has(kind)) {
      delete next[stream];
      const all = seen.good + seen.bad;
      // R10: while nothing is counted of those that are there, it is not over.
      const goesOn = all === 0 ? served : seen.bad / all > (limit ?? 1);
      if (limit !== undefined && goesOn) signs.push(sign);
      continue;
    }
    if (limit === undefined || closed === undefined) continue;
    const rise = riseAfter(risen[stream] ?? NO_RISE, endedBy(closed, stream), limit);
    next[stream] = rise;
    if (hasRisen(rise)) signs.push(sign);
  }
  return { risen: next, signs };
}

/** Over some time. */
type Ended = Pick<Moment, 'live' | 'endings'>;

interface Judging {
  readonly risen: Risen;
  readonly limits: Readonly<Record<string, number>>;
  readonly before: Before;
  readonly windows: readonly Moment[];
}

function limitOf(stream: string, limits: Judging['limits'], compared: boolean): number | undefined {
  const known = limits[stream];
  if (compared && known !== undefined) return known;
  return stream === FAILING ? Math.max(BORNE, known ?? 0) : undefined;
}

function kindOf(stream: string): string {
  return stream === FAILING ? FAILING : `otherwise_${stream}`;
}

function endedBy({ live, endings }: Ended, stream: string): Tally {
  return stream === FAILING ? live : tallyOf(endings, stream);
}

function textOf(stream: string, seen: Tally, lately: Ended, before: Before): string {
  const of = ({ good, bad }: Tally) => `${bad} of ${good + bad}`;
  const then = stream === FAILING ? before : tallyOf(before.endings ?? NO_ENDINGS, stream);
  const compared = then.good + then.bad === 0 ? '' : `, ${of(then)} in the two minutes before its rollout`;
  const time = `in the last ${LATELY_MS / 1_000} s`;
  if (stream === FAILING) return `${of(seen)} requests failed ${time}${compared}`;
  const kinds = Object.keys(lately.endings).filter((name) => isKind(name) && name.startsWith(`${stream}/`));
  const [most] = kinds.toSorted((a, b) => endedIn(lately.endings, b) - endedIn(lately.endings, a));
  const mostly = most === undefined ? '' : ` (most of them ${most})`;
  return `${of(seen)} of class ${stream} ended otherwise than was asked for${mostly} ${time}${compared}`;
}

function withReports(moment: Moment, reports: readonly Report[]): Moment {
  return reports.reduce(
    (sum, { live, probes, endings = NO_ENDINGS }) => ({
      at: sum.at,
      live: plus(sum.live, tally(live)),
      probes: plus(sum.probes, tally(probes)),
      endings: plusEndings(sum.endings, endings),
    }),
    moment,
  );
}
