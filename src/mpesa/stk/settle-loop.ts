import type { Database } from '../../platform/database.ts';
import type { Log } from '../../platform/log.ts';
import { PUSH_CHANNEL } from './accept.ts';
import { BATCH, type StkSettlement } from './settle.ts';
import { listen } from './settle-hint.ts';

/** How long a step with nothing to do waits before it looks again: the first time, and at most. */
const IDLE_MS = { first: 50, most: 250 };
/** A step that failed: the database is away, or worse. */
const FAILED_MS = 1_000;

/**
 * Runs the four steps side by side until `signal` aborts, then settles when each has finished the batch it had. Polling is
 * the truth; a hint that a push came in cuts the wait of `send` short. Any number of processes may run this at once.
 */
export async function runStkSettlement(
  settlement: StkSettlement,
  { database, signal, log }: { database: Database; signal: AbortSignal; log: Log },
): Promise<void> {
  const hint = new EventTarget();
  await Promise.all([
    repeat('send', settlement.send),
    repeat('collect', settlement.collect),
    repeat('resume', settlement.resume),
    repeat('expire', settlement.expire),
    listen(database, PUSH_CHANNEL, { onHint: () => hint.dispatchEvent(new Event('send')), signal, log }),
  ]);

  async function repeat(name: string, step: () => Promise<number>): Promise<void> {
    let idleMs = IDLE_MS.first;
    while (!signal.aborted) {
      const handled = await step().catch((error: unknown) => {
        log.error({ err: error, step: name }, 'a step of the settlement failed; it is tried again');
        return 'failed' as const;
      });
      if (handled === BATCH) continue;
      if (handled === 'failed') idleMs = FAILED_MS;
      else idleMs = handled > 0 ? IDLE_MS.first : Math.min(idleMs * 2, IDLE_MS.most);
      await pause(name, idleMs);
    }
  }

  function pause(name: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        hint.removeEventListener(name, end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      hint.addEventListener(name, end);
      signal.addEventListener('abort', end);
    });
  }
}
