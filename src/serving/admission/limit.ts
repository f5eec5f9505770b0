/**
 * How many requests a product may serve at once, learned from their latency: the gradient controller of
 * Envoy's adaptive concurrency filter. While the latency stays within `latencyTolerance` of the unloaded one,
 * the limit grows by its square root each window; when it rises above, requests queue somewhere behind us,
 * and the limit falls by the ratio.
 *
 * Two things differ from Envoy's. The unloaded latency is learned from windows in which the limit was not in
 * the way, and only when it has been for long is concurrency lowered on purpose to measure it: a product that
 * is merely busy never pays for the measurement. And the limit does not grow while less than half of it is
 * used: nothing was learned.
 */
export interface LimitState {
  limit: number;
  /** Unloaded latency, milliseconds; 0 before the first window. */
  baselineMs: number;
  /** When the baseline was last known to be one. Monotonic milliseconds. */
  learnedAt: number;
  /** The limit is lowered to the least one, to learn the baseline. */
  probing: boolean;
}

/** What was seen in one window of served requests. */
export interface LatencyWindow {
  meanLatencyMs: number;
  /** Most requests in flight at once. */
  maxInFlight: number;
  /** A request had to wait because the limit was reached. */
  limited: boolean;
  /** A request met its deadline: its latency is not known, only that it is too long. */
  deadlineExceeded: boolean;
}

export interface LimitBounds {
  minInFlight: number;
  maxInFlight: number;
  latencyTolerance: number;
}

export const INITIAL_LIMIT = 20;
const PROBE_AFTER_MS = 30_000;
const FIRST_PROBE_MS = 2_000;
const STEEPEST_FALL = 0.5;
const BACK_OFF = 0.9;
/** How fast the baseline follows: latencies that can only be real quickly, those that may be load slowly. */
const FOLLOW = { probed: 0.8, calm: 0.3, lower: 0.2, higher: 0.02 };

/** A process that boots into an overload has only seen loaded latencies: its first probe comes early. */
export function initialLimit(now: number): LimitState {
  return {
    limit: INITIAL_LIMIT,
    baselineMs: 0,
    learnedAt: now - PROBE_AFTER_MS + FIRST_PROBE_MS,
    probing: false,
  };
}

/** The limit that holds now. */
export function limitNow({ limit, probing }: LimitState, bounds: LimitBounds): number {
  return probing ? bounds.minInFlight : clamp(limit, bounds);
}

export function stepLimit(
  state: LimitState,
  window: LatencyWindow,
  bounds: LimitBounds,
  now: number,
): LimitState {
  const limit = clamp(state.limit, bounds);
  if (window.deadlineExceeded) return { ...state, limit: clamp(limit * BACK_OFF, bounds) };
  const latencyMs = Math.max(window.meanLatencyMs, 0.01);
  const calm = window.maxInFlight <= bounds.minInFlight;
  const baselineMs = learn(state, latencyMs, calm, window.limited);
  const learnedAt = calm || !window.limited ? now : state.learnedAt;
  const learned = { baselineMs, learnedAt, probing: now - learnedAt > PROBE_AFTER_MS };
  if (state.probing || window.maxInFlight < limit / 2) return { limit, ...learned };
  const gradient = (bounds.latencyTolerance * baselineMs) / latencyMs;
  const kept = limit * Math.min(1, Math.max(STEEPEST_FALL, gradient));
  return { limit: clamp(kept + Math.sqrt(kept), bounds), ...learned };
}

function learn(
  { baselineMs, probing }: LimitState,
  latencyMs: number,
  calm: boolean,
  limited: boolean,
): number {
  if (baselineMs === 0) return latencyMs;
  const toward = (share: number) => baselineMs + (latencyMs - baselineMs) * share;
  if (calm) return toward(probing ? FOLLOW.probed : FOLLOW.calm);
  if (latencyMs < baselineMs) return toward(FOLLOW.lower);
  return limited ? baselineMs : toward(FOLLOW.higher);
}

function clamp(limit: number, { minInFlight, maxInFlight }: LimitBounds): number {
  return Math.min(Math.max(limit, minInFlight), Math.max(minInFlight, maxInFlight));
}

/**
 * The share of its limits that a process may use `sinceBootMs` after boot: cold code and caches get a
 * quarter.
 */
export function slowStartShare(sinceBootMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || sinceBootMs >= slowStartMs) return 1;
  return 0.25 + 0.75 * (Math.max(0, sinceBootMs) / slowStartMs);
}
