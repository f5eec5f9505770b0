import { arrivalMs } from '../../platform/arrival.ts';
import { type Backoff, createBackoff } from '../../platform/loop/backoff.ts';

const FIRST_MS = 100;
const MOST_MS = 2_000;

/**
 * Towards control: when another leads, all of a large fleet lose it at once, and come back over the time that
 * they are given.
 */
export function controlBackoff(fleetSize: number, random?: () => number): Backoff {
  const together = arrivalMs(fleetSize);
  return createBackoff(
    { firstMs: Math.max(FIRST_MS, together), mostMs: Math.max(MOST_MS, together) },
    random,
  );
}
