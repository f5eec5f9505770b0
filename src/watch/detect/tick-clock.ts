/**
 * Time as the detectors count it: it goes on with the ticks, whatever the machine's clock does. A clock that
 * is set, a machine that slept or a watch that was stopped advances it by one usual tick.
 */
export interface TickClock {
  /** ms, from 0 at the first tick. */
  readonly now: number;
  /** The machine's clock at that moment, ms since 1970. */
  readonly at: number;
  /** The last jump; `null`: none yet. */
  readonly jumpedAt: number | null;
}

/** More between two ticks is a jump, ms. */
const MOST_MS = 5000;
const USUAL_MS = 1000;

export const startClock = (at: number): TickClock => ({ now: 0, at, jumpedAt: null });

export function advance(clock: TickClock, at: number): TickClock {
  const passed = at - clock.at;
  if (passed >= 0 && passed <= MOST_MS) return { ...clock, now: clock.now + passed, at };
  const now = clock.now + USUAL_MS;
  return { now, at, jumpedAt: now };
}

/** An instant of the clock of ticks, as the machine's clock would say it now, ms since 1970. */
export const asTime = (clock: TickClock, instant: number): number => clock.at - (clock.now - instant);

/** How long ago the machine's clock said `at`, ms: what was before a jump counts from the jump. */
export function ageOf(clock: TickClock, at: number): number {
  const age = clock.at - at;
  if (clock.jumpedAt === null) return Math.max(age, 0);
  const sinceJump = clock.now - clock.jumpedAt;
  return age < 0 ? sinceJump : Math.min(age, sinceJump);
}
