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
 * Runs the steps until `signal` aborts, then settles when each has finished the batch it had. Polling is the truth; a hint
 * that there is something to send, or to pay, cuts the wait short. Any number of processes may run this at once.
 */
export async function runStkSettlement(
  { send, collect, expire, pay }: StkSettlement,
  { database, signal, log }: { database: Database; signal: AbortSignal; log: Log },
): Promise<void> {
  const hints = new EventTarget();
  const hint = (loop: 'send' | 'pay') => hints.dispatchEvent(new Event(loop));
  await Promise.all([
    repeat('send', send),
    repeat('collect', async () => {
      const answered = await collect();
      if (answered > 0) hint('pay');
      return answered === BATCH ? answered : answered + (await expire());
    }),
    repeat('pay', pay),
    listen(database, PUSH_CHANNEL, { onHint: () => hint('send'), signal, log }),
  ]);

  async function repeat(loop: string, step: () => Promise<number>): Promise<void> {
    let idleMs = IDLE_MS.first;
    while (!signal.aborted) {
      const handled = await step().catch((error: unknown) => {
        log.error({ err: error, loop }, 'a step of the settlement failed; it is tried again');
        return 'failed' as const;
      });
      if (handled === 'failed') idleMs = FAILED_MS;
      else if (handled >= BATCH) continue;
      else idleMs = handled > 0 ? IDLE_MS.first : Math.min(idleMs * 2, IDLE_MS.most);
      await pause(loop, idleMs);
    }
  }

  function pause(loop: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        hints.removeEventListener(loop, end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      hints.addEventListener(loop, end);
      signal.addEventListener('abort', end);
    });
  }
}
