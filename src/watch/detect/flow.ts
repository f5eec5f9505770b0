/**
 * Whether what was begun comes to an end. A hang makes no failures: requests are under way and none is
 * answered. Two rules see it: nothing was completed for longer than chance allows at the usual rate
 * (silence), and the oldest request is older than its deadline (stuck).
 */
export interface Flow {
  /** Completions a second: a mean whose memory is `MEMORY_MS`, by the weight that it has so far. */
  readonly completed: number;
  readonly weight: number;
  /** On the clock of ticks, like all instants here. */
  readonly completedAt: number;
  readonly heardAt: number;
  readonly inFlight: number;
  readonly oldestMs: number;
  readonly deadlineMs: number;
}

export interface Passing {
  readonly completions: number;
  readonly inFlight: number;
  readonly oldestMs: number;
  readonly deadlineMs: number;
}

const MEMORY_MS = 300_000;
const MONTH_S = 2_592_000;
/** Readings come once a second: less cannot be told from a late one. */
const LEAST_SILENCE_MS = 1000;
/** What a clock, a tick and a reply may take over the deadline, ms. */
const GRACE_MS = 1000;

export const startFlow = (now: number): Flow => ({
  completed: 0,
  weight: 0,
  completedAt: now,
  heardAt: now,
  inFlight: 0,
  oldestMs: 0,
  deadlineMs: Number.MAX_SAFE_INTEGER,
});

export function pass(flow: Flow, passing: Passing, elapsedMs: number, now: number): Flow {
  const { completions, inFlight, oldestMs, deadlineMs } = passing;
  const seen = { heardAt: now, inFlight, oldestMs, deadlineMs };
  // What hangs says nothing about the usual rate.
  if (completions === 0 && inFlight > 0) return { ...flow, ...seen };
  const kept = Math.exp(-elapsedMs / MEMORY_MS);
  return {
    ...seen,
    completed: flow.completed * kept + (completions * 1000 * (1 - kept)) / Math.max(elapsedMs, 1),
    weight: flow.weight * kept + 1 - kept,
    completedAt: completions > 0 ? now : flow.completedAt,
  };
}

export const rateOf = ({ completed, weight }: Flow): number => (weight === 0 ? 0 : completed / weight);

/** The silence that chance gives once a month at this rate, ms: ln(2.59 M × rate) / rate. */
export function silenceAllowed(rate: number): number {
  if (rate * MONTH_S <= Math.E) return Number.POSITIVE_INFINITY;
  return Math.max(LEAST_SILENCE_MS, (Math.log(MONTH_S * rate) / rate) * 1000);
}

/** How long nothing was completed while something was waiting, ms. */
export function silentFor(flow: Flow, now: number): number {
  if (flow.inFlight === 0) return 0;
  return Math.min(now - flow.completedAt, oldest(flow, now));
}

/** Age of the oldest request, ms: it goes on ageing while nothing is heard. */
const oldest = (flow: Flow, now: number): number =>
  flow.inFlight === 0 ? 0 : flow.oldestMs + now - flow.heardAt;

export interface Stuck {
  readonly ageMs: number;
  /** Nothing was completed since it began. Otherwise one was left behind while others pass. */
  readonly alone: boolean;
}

export function stuckIn(flow: Flow, now: number): Stuck | undefined {
  const ageMs = oldest(flow, now);
  if (ageMs <= flow.deadlineMs + GRACE_MS) return undefined;
  return { ageMs, alone: now - flow.completedAt >= ageMs - GRACE_MS };
}
