/**
 * After a power cut, or when a leader ends, everything that shares something would come for it in the same
 * moment. Each places itself at random within the time that a fleet of its size is given, so that no more
 * than this come a second.
 */
export const ARRIVALS_PER_SECOND = 1_000;

/** A machine that is up for less has just come back, most likely with all the others. */
const JUST_UP_MS = 600_000;

/** In how many milliseconds a fleet of so many instances arrives. */
export function arrivalMs(fleetSize: number): number {
  return (fleetSize / ARRIVALS_PER_SECOND) * 1_000;
}

/**
 * How long a process waits before it first uses what the fleet shares. One that starts alone need not wait.
 */
export function startDelayMs(fleetSize: number, machineUpMs: number, random: () => number): number {
  return machineUpMs < JUST_UP_MS ? random() * arrivalMs(fleetSize) : 0;
}
