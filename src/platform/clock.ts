/** Where the time comes from. Injected everywhere, so that tests and the simulator own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
