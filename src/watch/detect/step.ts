import { type Baseline, learn, startBaseline } from './baseline.ts';
import { type Expected, listen } from './heartbeats.ts';
import { type Found, type Names, name } from './naming.ts';
import { type Probed, probe } from './probes.ts';
import type { Detection, Heartbeat, ProbeResult, Reading, Series } from './reading.ts';
import { keyOf, scopesOf } from './scope.ts';
import { alarmed, type Counted, countIn, findings, type ScopeState, startScope } from './scope-state.ts';
import { advance, asTime, startClock, type TickClock } from './tick-clock.ts';

/**
 * All detectors. Pure, and plain JSON: it is written down and read again, and what was learnt goes on. What
 * it keeps has a bound: of more series than `most`, those that had no request for longest leave.
 */
export interface DetectState {
  readonly clock: TickClock;
  readonly scopes: Readonly<Record<string, ScopeState>>;
  /** By service and product: a new release is judged by what was usual before it. */
  readonly baselines: Readonly<Record<string, Baseline>>;
  readonly names: Names;
  readonly expected: Expected;
  readonly probed: Probed;
}

/** What came in since the last tick, which was about a second ago. */
export interface Tick {
  readonly at: number;
  readonly readings?: readonly Reading[];
  readonly heartbeats?: readonly Heartbeat[];
  readonly probes?: readonly ProbeResult[];
}

export interface DetectOptions {
  /** Most scopes that are kept; a series is up to three. */
  readonly most: number;
  /** The share of requests that is promised to succeed, over 30 days. */
  readonly objective: number;
}

export const defaultDetectOptions: DetectOptions = { most: 2000, objective: 0.999 };

export const startDetect = (at: number): DetectState => ({
  clock: startClock(at),
  scopes: {},
  baselines: {},
  names: {},
  expected: {},
  probed: {},
});

export function step(
  state: DetectState,
  tick: Tick,
  { most, objective }: DetectOptions = defaultDetectOptions,
): { state: DetectState; detections: Detection[] } {
  const clock = advance(state.clock, tick.at);
  const { now } = clock;
  const scopes: Record<string, ScopeState> = { ...state.scopes };
  const baselines: Record<string, Baseline> = { ...state.baselines };

  for (const [key, { series, counted }] of together(tick.readings ?? [])) {
    const before = scopes[key] ?? startScope(series, now);
    const usual = baselineOf(series);
    const learnt = baselines[usual]?.learnt ?? 0;
    const after = countIn(before, counted, learnt, objective, now - state.clock.now, now);
    scopes[key] = after;
    if (usual === key) {
      const baseline = baselines[key] ?? startBaseline(now);
      baselines[key] = learn(baseline, counted.good, counted.bad, alarmed(after), now);
    }
  }
  drop(scopes, baselines, most);

  const found: Found[] = [];
  for (const scope of Object.values(scopes)) {
    const learnt = baselines[baselineOf(scope.series)]?.learnt ?? 0;
    for (const finding of findings(scope, learnt, now)) found.push({ scope: scope.series, finding });
  }
  const { names, named } = found.length === 0 ? { names: {}, named: [] } : name(state.names, found, scopes);
  const { expected, detections: unheard } = listen(
    state.expected,
    (tick.heartbeats ?? []).slice(0, most),
    clock,
  );
  const { probed, detections: failed } = probe(state.probed, tick.probes ?? [], clock, most);
  return {
    state: { clock, scopes, baselines, names, expected, probed },
    detections: [
      ...named.map(({ series, finding: { onset, ...finding } }) => ({
        ...finding,
        series,
        onset: asTime(clock, onset),
        at: clock.at,
      })),
      ...unheard,
      ...failed,
    ],
  };
}

/** The readings of each scope as one: counts add up, the oldest request is the oldest of all. */
function together(readings: readonly Reading[]): Map<string, { series: Series; counted: Counted }> {
  const all = new Map<string, { series: Series; counted: Counted }>();
  for (const reading of readings) {
    const { good, bad, inFlight, oldestMs, deadlineMs } = reading;
    const one = { good, bad, completions: good + bad, inFlight, oldestMs, deadlineMs };
    for (const series of scopesOf(reading.series)) {
      const key = keyOf(series);
      const counted = all.get(key)?.counted;
      all.set(key, { series, counted: counted === undefined ? one : merged(counted, one) });
    }
  }
  return all;
}

/** Of two oldest requests the one that is nearer to its deadline, or further past it, counts. */
function merged(one: Counted, other: Counted): Counted {
  const later = other.inFlight > 0 && (one.inFlight === 0 || left(other) < left(one)) ? other : one;
  return {
    good: one.good + other.good,
    bad: one.bad + other.bad,
    completions: one.completions + other.completions,
    inFlight: one.inFlight + other.inFlight,
    oldestMs: later.oldestMs,
    deadlineMs: later.deadlineMs,
  };
}

const left = ({ deadlineMs, oldestMs }: Counted): number => deadlineMs - oldestMs;

const baselineOf = ({ service, product }: Series): string =>
  keyOf(product === undefined ? { service } : { service, product });

function drop(scopes: Record<string, ScopeState>, baselines: Record<string, Baseline>, most: number): void {
  const keys = Object.keys(scopes);
  if (keys.length <= most) return;
  keys.sort((a, b) => (scopes[b]?.busyAt ?? 0) - (scopes[a]?.busyAt ?? 0));
  for (const key of keys.slice(most)) {
    delete scopes[key];
    delete baselines[key];
  }
}
