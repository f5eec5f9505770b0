import type { Database } from '../../../../platform/database/database.ts';
import type { Log } from '../../../../platform/log.ts';
import { listen } from '../../../work-queue/hint.ts';
import type { OwnSettlement } from '../../../work-queue/own-settlement.ts';
import { stepLoops } from '../../../work-queue/step-loops.ts';
import { PUSH_CHANNEL } from '../accept.ts';
import { stkResults } from '../results.ts';
import type { StkSettings } from '../settings.ts';
import { BATCH, createStkSettlement, type StkSettlement } from './settle.ts';

/** What a worker does with pushes. */
export const stkSettlement: OwnSettlement<{ readonly stk: StkSettings }> = {
  pool: { connections: 4, steps: 4, plansOnce: true },
  metrics: { name: 'stk_push', what: 'STK pushes' },
  run({ settings, onEnded, onWritten, signal, ...deps }) {
    const settlement = createStkSettlement({
      ...deps,
      settings: () => settings().stk,
      onResolved({ waits, ...resolved }) {
        onEnded({ ...resolved, outcome: outcomes.get(resolved.code) ?? 'refused' });
        if (waits) onWritten();
      },
    });
    return runStkSettlement(settlement, { database: deps.database, signal, log: deps.log });
  },
};

const outcomes = new Map([
  [stkResults.paid.code, 'paid'],
  [stkResults.pushFault.code, 'failed'],
] as const);

/**
 * Runs the steps until `signal` aborts, then settles when each has finished the batch it had and what was
 * collected is paid. A hint that there is something to send, or to pay, cuts the wait short. Any number of
 * processes may run this at once.
 */
export async function runStkSettlement(
  { send, collect, expire, pay, renew, finish }: StkSettlement,
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
    repeat('renew', renew, { calm: true }),
    listen(database, PUSH_CHANNEL, { onHint: () => hint('send'), signal, log }),
  ]);
  await finish().catch((error: unknown) => {
    log.warn({ err: error }, 'collected answers are paid by another worker when their claim lapses');
  });
}
