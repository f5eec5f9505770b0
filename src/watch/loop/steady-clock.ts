/**
 * Two times. `now` counts on evenly from the start of the process, in ms since 1970 as the wall clock was
 * then: everything is decided by it, so a clock that is set moves no alarm. `wall` says what an instant of it
 * is called by the clock on the wall now: that is what is written down and shown.
 */
export interface SteadyClock {
  now(): number;
  wall(steady?: number): number;
  /** The steady instant of a wall time, of an entry that was written by an earlier process. */
  steady(wall: number): number;
  /** Looks at the wall clock; how far it was set since the last look, ms. 0: it runs as it should. */
  look(): number;
}

/** A clock that is disciplined is moved by less between two looks. */
const JUMP_MS = 1_000;

export function steadyClock(wallClock: () => number, elapsed: () => number): SteadyClock {
  const [wallStart, start] = [wallClock(), elapsed()];
  const now = () => wallStart + (elapsed() - start);
  let offset = 0;
  return {
    now,
    wall: (steady = now()) => Math.round(steady + offset),
    steady: (wall) => wall - offset,
    look() {
      const moved = wallClock() - now() - offset;
      offset += moved;
      return Math.abs(moved) >= JUMP_MS ? Math.round(moved) : 0;
    },
  };
}
