/**
 * How many requests a product may serve at once, learned from their latency: Gradient2 of Netflix' concurrency-limits.
 * A long average of the latency stands for the normal one. While the short one stays within `TOLERANCE` of it
 * the limit grows by `HEADROOM`; when it rises above, requests are queueing somewhere behind us, and the
 * limit falls by the ratio. The limit does not grow while less than half of it is used: nothing was learned.
 */
export interface LimitState {
  limit: number;
  /** Milliseconds; 0 before the first window. */
  longLatencyMs: number;
}

/** What was seen in one window of accepted requests. */
export interface LatencyWindow {
  meanLatencyMs: number;
  /** Most requests in flight at once. */
  maxInFlight: number;
  /** A request met its deadline: the latency is not known, only that it is too long. */
  deadlineExceeded: boolean;
}

export interface LimitBounds {
  minInFlight: number;
  maxInFlight: number;
}

export const INITIAL_LIMIT = 20;
const TOLERANCE = 1.5;
const HEADROOM = 4;
const SMOOTHING = 0.2;
const LONG_WINDOWS = 600;
const FALL_BEHIND = 2;
const CATCH_UP = 0.95;
const BACK_OFF = 0.9;

export const initialLimit: LimitState = { limit: INITIAL_LIMIT, longLatencyMs: 0 };

export function stepLimit(state: LimitState, window: LatencyWindow, bounds: LimitBounds): LimitState {
  const limit = clamp(state.limit, bounds);
  if (window.deadlineExceeded) return { ...state, limit: clamp(limit * BACK_OFF, bounds) };
  const short = Math.max(window.meanLatencyMs, 0.01);
  const average =
    state.longLatencyMs === 0
      ? short
      : state.longLatencyMs + (short - state.longLatencyMs) * (2 / (LONG_WINDOWS + 1));
  // After an overload the long average is too high and would let the limit grow too far.
  const longLatencyMs = average > short * FALL_BEHIND ? average * CATCH_UP : average;
  if (window.maxInFlight < limit / 2) return { limit, longLatencyMs };
  const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * longLatencyMs) / short));
  const wanted = limit * gradient + HEADROOM;
  return { limit: clamp(limit + (wanted - limit) * SMOOTHING, bounds), longLatencyMs };
}

function clamp(limit: number, { minInFlight, maxInFlight }: LimitBounds): number {
  return Math.min(Math.max(limit, minInFlight), Math.max(minInFlight, maxInFlight));
}

/** The share of its limit that a process may use `sinceBootMs` after boot: cold code and caches get a quarter. */
export function slowStartShare(sinceBootMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || sinceBootMs >= slowStartMs) return 1;
  return 0.25 + 0.75 * (Math.max(0, sinceBootMs) / slowStartMs);
}
