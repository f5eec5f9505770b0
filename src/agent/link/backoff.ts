import { arrivalMs } from '../../platform/arrival.ts';

/**
 * The wait before the next try. The first is drawn from all of `firstMs`, because whoever lost control at the same moment is to come
 * back spread over it; those after it double up to `mostMs` and are drawn from their upper half, so that they do wait.
 */
export interface Backoff {
  nextMs(): number;
  reset(): void;
}

export function createBackoff(firstMs: number, mostMs: number, random: () => number = Math.random): Backoff {
  let waitMs = firstMs;
  let isFirst = true;
  return {
    nextMs() {
      const drawn = waitMs * (isFirst ? random() : 0.5 + random() / 2);
      waitMs = Math.min(mostMs, waitMs * 2);
      isFirst = false;
      return drawn;
    },
    reset() {
      waitMs = firstMs;
      isFirst = true;
    },
  };
}

const FIRST_MS = 100;
const MOST_MS = 2_000;

/** Towards control: when another leads, all of a large fleet lose it at once, and come back over the time that they are given. */
export function controlBackoff(fleetSize: number, random?: () => number): Backoff {
  const together = arrivalMs(fleetSize);
  return createBackoff(Math.max(FIRST_MS, together), Math.max(MOST_MS, together), random);
}
