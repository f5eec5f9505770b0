import { type Ended, type Endings, NO_ENDINGS } from './endings.ts';
import {
  type EndingsState,
  endingsOpenWave,
  logEndings,
  newEndings,
  observeEndings,
} from './evidence-of-endings.ts';
import type { FactLimits } from './facts.ts';
import { beginWave, logSum, logValue, type Mixture, multiply, newMixture } from './mixture.ts';
import { KEPT, logBet, logShortageBet, nullChance, ODDS } from './odds.ts';
import {
  type Arms,
  AS_LONG,
  expectedShare,
  grantedShare,
  NOTHING,
  type OwnShare,
  ownShare,
  plus,
  type Tally,
  UNKNOWN_SHARE,
} from './share.ts';

/** How a request can end badly. Each request has one outcome, recorded at its deadline at the latest. */
export const BAD = ['error', 'deadline', 'slow', 'saturation'] as const;
export type Bad = (typeof BAD)[number];

/** Counts of outcomes. A burst of one retrying client is one event: the one who counts sees to that. */
export interface Outcomes {
  readonly good: number;
  readonly error: number;
  readonly deadline: number;
  readonly slow: number;
  readonly saturation: number;
}

/**
 * What both arms did in the same short time. Both sides must cover it: an exposed instance that reports a
 * shared blip before its control does would look guilty.
 */
export interface Window {
  readonly live: Arms<Outcomes>;
  /** Synthetic payments. */
  readonly probes: Arms<Outcomes>;
  /**
   * The part of live traffic and of probes that the exposed instances should get, known before the window.
   */
  readonly liveShare: number;
  readonly probeShare: number;
  /** What ended otherwise than was asked for, by nobody's failure of ours; left out: nothing. */
  readonly endings?: Arms<Ended>;
}

export interface GatePolicy {
  /** α: the accepted chance that layer 1 undoes a harmless release, over the whole rollout. */
  readonly falseAlarm: number;
  /** r0: how many times as bad as control the exposed instances may be. */
  readonly tolerance: number;
  /**
   * Weights of the processes; their sum is 1. `shortage` needs a balancer that spreads each request at
   * random: where connections stay with an instance it would take a client's going for harm, so it is 0
   * unless asked for. `endings`: of refusals, results and callbacks, all their kinds together.
   */
  readonly weights: Readonly<Record<Bad | 'shortage' | 'endings', number>>;
  /** A: after the widest wave, bad events between false alarms on average. */
  readonly cusumAlarm: number;
  readonly facts: FactLimits;
}

export const defaultGatePolicy: GatePolicy = {
  falseAlarm: 0.01,
  tolerance: 1,
  weights: { error: 0.35, deadline: 0.25, slow: 0.15, saturation: 0.1, shortage: 0, endings: 0.15 },
  cusumAlarm: 10_000,
  facts: { silentMs: 1_000, stalledMs: 1_000, failedProbes: 3, failedProbesInTrouble: 9 },
};

/**
 * Everything the gate remembers. Plain JSON: another control process can go on with it in the middle of a
 * wave.
 */
export interface GateState {
  /** S, fixed by the plan. */
  readonly waves: number;
  readonly harm: Readonly<Record<Bad | 'shortage', Mixture>>;
  readonly endings: EndingsState;
  /** The highest ln E so far: once crossed, the threshold stays crossed. */
  readonly worst: number;
  /** ln M of the e-CUSUM; `null` until the widest wave. */
  readonly cusum: number | null;
  /** Outcomes before the push, of the instances that are now exposed and of the rest. */
  readonly before: Arms<Tally>;
  readonly own: OwnShare;
  /** Outcomes since this wave began, live and probes together. */
  readonly outcomes: Arms<Tally>;
  /** How many of them were live: how the traffic is really spread. */
  readonly live: Arms<number>;
}

export function newGate(waves: number): GateState {
  const stream = newMixture(ODDS.length);
  return {
    waves,
    harm: {
      error: stream,
      deadline: stream,
      slow: stream,
      saturation: stream,
      shortage: newMixture(KEPT.length),
    },
    endings: newEndings(),
    worst: 0,
    cusum: null,
    before: { exposed: NOTHING, control: NOTHING },
    own: UNKNOWN_SHARE,
    outcomes: { exposed: NOTHING, control: NOTHING },
    live: { exposed: 0, control: 0 },
  };
}

/**
 * `widest`: every instance but the hold-back is exposed from here on, so late changes are watched for too.
 */
export function openWave(
  state: GateState,
  before: Arms<Tally>,
  widest: boolean,
  endingsBefore: Arms<Endings> = { exposed: NO_ENDINGS, control: NO_ENDINGS },
  seenFor: Arms<number> = AS_LONG,
): GateState {
  return {
    ...state,
    harm: mapHarm(state, (_, mixture) => beginWave(mixture)),
    endings: endingsOpenWave(state.endings, endingsBefore, seenFor),
    cusum: widest ? (state.cusum ?? 0) : state.cusum,
    before,
    own: ownShare(before, seenFor),
    outcomes: { exposed: NOTHING, control: NOTHING },
    live: { exposed: 0, control: 0 },
  };
}

export function observe(state: GateState, policy: GatePolicy, window: Window): GateState {
  const { live, probes, liveShare, probeShare } = window;
  const q = nullChance(grantedShare(liveShare, state.live, state.own), policy.tolerance);
  // Probes are sent to each arm at a known rate, so their share needs no correction.
  const probeQ = nullChance(probeShare, policy.tolerance);
  const expected = expectedShare(liveShare, state.own);
  const harm = mapHarm(state, (stream, mixture) => {
    if (stream === 'shortage') {
      const [exposed, control] = [completed(live.exposed), completed(live.control)];
      if (exposed + control === 0) return mixture;
      return multiply(mixture, (point) => logShortageBet(KEPT[point] ?? 1, expected, exposed, control));
    }
    const counts = [
      live.exposed[stream],
      live.control[stream],
      probes.exposed[stream],
      probes.control[stream],
    ];
    if (counts.every((count) => count === 0)) return mixture;
    return multiply(mixture, (point) => {
      const odds = ODDS[point] ?? 1;
      return (
        logBet(odds, q, live.exposed[stream], live.control[stream]) +
        logBet(odds, probeQ, probes.exposed[stream], probes.control[stream])
      );
    });
  });
  const next: GateState = {
    ...state,
    harm,
    endings: window.endings === undefined ? state.endings : observeEndings(state.endings, window.endings),
    cusum: state.cusum === null ? null : cusumAfter(state.cusum, window, q, probeQ),
    outcomes: {
      exposed: plus(state.outcomes.exposed, plus(tally(live.exposed), tally(probes.exposed))),
      control: plus(state.outcomes.control, plus(tally(live.control), tally(probes.control))),
    },
    live: {
      exposed: state.live.exposed + all(live.exposed),
      control: state.live.control + all(live.control),
    },
  };
  return { ...next, worst: Math.max(state.worst, logHarm(next, policy)) };
}

/** ln E of the whole gate: the weighted mean of its processes. */
export function logHarm(state: GateState, policy: GatePolicy): number {
  const weighted = STREAMS.filter((stream) => policy.weights[stream] > 0);
  const terms = weighted.map(
    (stream) => Math.log(policy.weights[stream]) + logValue(state.harm[stream], state.waves),
  );
  return logSum([...terms, logPartOfEndings(state, policy)]);
}

/** What of it the refusals, results and callbacks make. */
export function logPartOfEndings(state: GateState, { weights }: GatePolicy): number {
  return weights.endings === 0
    ? Number.NEGATIVE_INFINITY
    : Math.log(weights.endings) + logEndings(state.endings, state.waves);
}

const STREAMS = [...BAD, 'shortage'] as const;

export function tally(outcomes: Outcomes): Tally {
  return { good: outcomes.good, bad: BAD.reduce((sum, kind) => sum + outcomes[kind], 0) };
}

function all(outcomes: Outcomes): number {
  const { good, bad } = tally(outcomes);
  return good + bad;
}

/** Work that came back, well or not: a request that only hit its deadline did not. */
function completed(outcomes: Outcomes): number {
  return outcomes.good + outcomes.error + outcomes.slow;
}

/**
 * M_j = max(1, M_{j−1}) · ē_j, ē_j the mean over the grid of one factor. The order within a window is not
 * known; with the exposed events first the window ends on the smallest M of all orders.
 */
function cusumAfter(cusum: number, { live, probes }: Window, q: number, probeQ: number): number {
  let value = cusum;
  const add = (chance: number, exposed: boolean, count: number) => {
    const factor = logSum(ODDS.map((odds) => logBet(odds, chance, exposed ? 1 : 0, exposed ? 0 : 1)));
    for (let event = 0; event < count; event++) value = Math.max(0, value) + factor - Math.log(ODDS.length);
  };
  add(q, true, tally(live.exposed).bad);
  add(probeQ, true, tally(probes.exposed).bad);
  add(q, false, tally(live.control).bad);
  add(probeQ, false, tally(probes.control).bad);
  return value;
}

function mapHarm(
  state: GateState,
  change: (stream: Bad | 'shortage', mixture: Mixture) => Mixture,
): GateState['harm'] {
  const { harm } = state;
  return {
    error: change('error', harm.error),
    deadline: change('deadline', harm.deadline),
    slow: change('slow', harm.slow),
    saturation: change('saturation', harm.saturation),
    shortage: change('shortage', harm.shortage),
  };
}
