import type { Database } from '../../../../platform/database/database.ts';
import type { Log } from '../../../../platform/log.ts';
import { listen } from '../../../work-queue/hint.ts';
import { stepLoops } from '../../../work-queue/step-loops.ts';
import { PUSH_CHANNEL } from '../accept.ts';
import { BATCH, type StkSettlement } from './settle.ts';

/**
 * Runs the steps until `signal` aborts, then settles when each has finished the batch it had and what was
 * collected is paid. A hint that
 * there is something to send, or to pay, cuts the wait short. Any number of processes may run this at once.
 */
export async function runStkSettlement(
  { send, collect, expire, pay, finish }: StkSettlement,
  { database, signal, log }: { database: Database; signal: AbortSignal; log: Log },
): Promise<void> {
  const { repeat, hint } = stepLoops({ full: BATCH, signal, log });
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
  await finish().catch((error: unknown) => {
    log.warn({ err: error }, 'collected answers are paid by another worker when their claim lapses');
  });
}
