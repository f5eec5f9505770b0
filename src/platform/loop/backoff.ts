/*
 * Our own, in place of cockatiel's: there the random numbers cannot be given by the simulator, and none of
 * its ways to spread waits is the one that a fleet needs which lost the same thing in the same moment. The
 * agent is published without it, too.
 */

export interface BackoffLimits {
  firstMs: number;
  mostMs: number;
}

/** What the wait after so many failures in a row (1 or more) doubles up to. */
export function ceilingMs({ firstMs, mostMs }: BackoffLimits, failures: number): number {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1));
}

export interface Backoff {
  nextMs(): number;
  reset(): void;
}

/**
 * The wait before the next try. The first is drawn from all of `firstMs`, because those who lost something at
 * the same moment is to come back spread over it; those after it double up to `mostMs` and are drawn from
 * their upper half, so that they do wait.
 */
export function createBackoff(limits: BackoffLimits, random: () => number = Math.random): Backoff {
  let failures = 0;
  return {
    nextMs() {
      failures += 1;
      return ceilingMs(limits, failures) * (failures === 1 ? random() : 0.5 + random() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}
