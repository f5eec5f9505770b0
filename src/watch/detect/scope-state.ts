import { type Burn, spend, startBurn } from './burn.ts';
import { count, H, PAIRS, type Score, usual, ZERO } from './cusum.ts';
import {
  type Flow,
  type Passing,
  pass,
  rateOf,
  silenceAllowed,
  silentFor,
  startFlow,
  stuckIn,
} from './flow.ts';
import { seconds } from './heartbeats.ts';
import type { Series, Severity } from './reading.ts';
import { nameOf } from './scope.ts';

/** What is kept of all that is judged together. */
export interface ScopeState {
  readonly series: Series;
  /** When it last had a request, on the clock of ticks. */
  readonly busyAt: number;
  /** As `PAIRS`. */
  readonly scores: readonly Score[];
  readonly flow: Flow;
  /** Not of single releases and cells, which come and go within its windows. */
  readonly burn: Burn | null;
}

/** What came in of a scope in one tick, all its readings together. */
export interface Counted extends Passing {
  readonly good: number;
  readonly bad: number;
}

/** One finding in one scope; `naming.ts` makes one alarm of several. */
export interface Finding {
  readonly symptom: Symptom;
  readonly severity: Severity;
  readonly detector: string;
  /** On the clock of ticks. */
  readonly onset: number;
  readonly score: number;
  readonly evidence: string;
}

export type Symptom = 'errors' | 'silence' | 'stuck' | 'budget';

/** Of a release or cell without traffic for so long nothing is said: its traffic has moved, ms. */
const MOVED_MS = 30_000;
/** Of a product or service: unknown is not good, but it was said for long enough. */
const FORGOTTEN_MS = 600_000;

export function startScope(series: Series, now: number): ScopeState {
  const long = series.cell === undefined && series.release === undefined;
  return {
    series,
    busyAt: now,
    scores: PAIRS.map(() => ZERO),
    flow: startFlow(now),
    burn: long ? startBurn(now) : null,
  };
}

export function countIn(
  state: ScopeState,
  counted: Counted,
  learnt: number,
  objective: number,
  elapsedMs: number,
  now: number,
): ScopeState {
  const { good, bad, completions, inFlight } = counted;
  const scores =
    completions === 0
      ? state.scores
      : PAIRS.map((pair, index) => count(state.scores[index] ?? ZERO, good, bad, usual(pair, learnt), now));
  const paging = scores[0]?.alarm === true;
  return {
    ...state,
    busyAt: completions > 0 || inFlight > 0 ? now : state.busyAt,
    scores,
    flow: pass(state.flow, counted, elapsedMs, now),
    burn: state.burn === null ? null : spend(state.burn, paging ? 0 : good, paging ? 0 : bad, objective, now),
  };
}

export const alarmed = (state: ScopeState): boolean =>
  state.scores.some(({ alarm }, index) => alarm && PAIRS[index]?.severity !== 'note');

export function findings(state: ScopeState, learnt: number, now: number): Finding[] {
  const { series } = state;
  const narrow = series.cell !== undefined || series.release !== undefined;
  if (now - state.busyAt > (narrow ? MOVED_MS : FORGOTTEN_MS)) return [];
  // Only the whole service is judged by what was not heard: a series that is not reported may have left.
  const heard = now === state.flow.heardAt || series.product === undefined;
  return [
    ...errors(state, learnt, now),
    ...(heard ? silence(state, now) : []),
    ...(heard ? stuck(state, now) : []),
    ...budget(state, now),
  ];
}

function errors({ scores, series }: ScopeState, learnt: number, now: number): Finding[] {
  for (const [index, pair] of PAIRS.entries()) {
    const score = scores[index];
    if (score?.alarm !== true) continue;
    const all = score.good + score.bad;
    const evidence =
      `${score.bad} of ${all} requests of ${nameOf(series)} failed in ${seconds(now - score.onset + 1000)} s ` +
      `(${percent(score.bad / all)}); usual is at most ${percent(usual(pair, learnt))}.`;
    const { severity, detector } = pair;
    return [{ symptom: 'errors', severity, detector, onset: score.onset, score: score.sum / H, evidence }];
  }
  return [];
}

function silence({ flow, series }: ScopeState, now: number): Finding[] {
  const rate = rateOf(flow);
  const [silent, allowed] = [silentFor(flow, now), silenceAllowed(rate)];
  if (silent < allowed) return [];
  const evidence =
    `${flow.inFlight} requests of ${nameOf(series)} wait and none was completed for ${seconds(silent)} s; ` +
    `at the usual ${rate.toFixed(1)} a second at most ${seconds(allowed)} s pass.`;
  return [
    {
      symptom: 'silence',
      severity: 'page',
      detector: 'silence',
      onset: now - silent,
      score: silent / allowed,
      evidence,
    },
  ];
}

function stuck({ flow, series }: ScopeState, now: number): Finding[] {
  const found = stuckIn(flow, now);
  if (found === undefined) return [];
  const { ageMs, alone } = found;
  const evidence =
    `A request of ${nameOf(series)} is under way for ${seconds(ageMs)} s; its deadline was ` +
    `${seconds(flow.deadlineMs)} s. ${alone ? 'None was completed since it began.' : 'Others are completed.'}`;
  return [
    {
      ...{ symptom: 'stuck', severity: alone ? 'page' : 'ticket', detector: 'oldest-in-flight', evidence },
      onset: now - ageMs + flow.deadlineMs,
      score: ageMs / flow.deadlineMs,
    },
  ];
}

function budget({ burn, series }: ScopeState, now: number): Finding[] {
  const found = burn?.found ?? null;
  if (found === null) return [];
  const { severity, detector, score, longMs, bad, all } = found;
  const evidence =
    `${bad} of ${all} requests of ${nameOf(series)} failed in the last ${Math.round(longMs / 3_600_000)} h ` +
    `(${percent(bad / all)}); ${Number(score.toPrecision(2))} times what trips the alarm.`;
  return [{ symptom: 'budget', severity, detector, onset: now - longMs, score, evidence }];
}

const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(2))} %`;
