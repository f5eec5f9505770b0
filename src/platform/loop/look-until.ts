import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from '../deadline.ts';

/**
 * Looks again and again until there is something, `everyMs` after each look; `undefined`: there was nothing
 * when the deadline had passed, and it was looked once more. What `look` throws ends it.
 */
export async function lookUntil<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { everyMs, deadline }: { everyMs: number; deadline: Deadline },
): Promise<T | undefined> {
  for (;;) {
    const isLast = deadline.passed;
    const seen = await look();
    if (seen !== undefined || isLast) return seen;
    await sleep(Math.min(everyMs, deadline.remainingMs()));
  }
}
