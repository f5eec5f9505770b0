/**
 * Lowers the process' limit while the event loop is late, smoothly: a controller with a proportional and an
 * integral part on the excess of the p99 delay over its target. An on/off switch would swing between refusing
 * all and nothing.
 */
export interface GuardState {
  /** Share of the limit in use, `MIN_SHARE`–1. */
  share: number;
  integral: number;
}

export const MIN_SHARE = 0.1;
const PROPORTIONAL = 0.15;
const INTEGRAL = 0.3;

export const initialGuard: GuardState = { share: 1, integral: 0 };

/**
 * One reading of the delay over the last `windowMs`. The integral is bounded, so that it unwinds in seconds.
 */
export function stepGuard(
  { integral }: GuardState,
  { delayMs, targetMs, windowMs }: { delayMs: number; targetMs: number; windowMs: number },
): GuardState {
  const excess = Math.min(2, Math.max(-1, delayMs / targetMs - 1));
  const sum = Math.min(1 - MIN_SHARE, Math.max(0, integral + INTEGRAL * excess * (windowMs / 1_000)));
  const share = 1 - sum - PROPORTIONAL * Math.max(0, excess);
  return { integral: sum, share: Math.min(1, Math.max(MIN_SHARE, share)) };
}
