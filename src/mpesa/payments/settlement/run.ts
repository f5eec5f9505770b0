import type { Database } from '../../../platform/database/database.ts';
import type { Log } from '../../../platform/log.ts';
import { listen } from '../../work-queue/hint.ts';
import { stepLoops } from '../../work-queue/step-loops.ts';
import { BATCH, createPaymentSettlement, type PaymentSettlementOptions } from './settle.ts';

/** The channel that tells workers to look for payments. */
export const PAYMENT_CHANNEL = 'imara_payments';

/** Hints come at acceptance, and with each step for the next. */
const CALM = { calm: true };

/**
 * Settles payments until `signal` aborts; ends when each step has finished the batch it had, what was routed
 * is paid, and every merchant that was asked has answered or run out of time. Any number of processes may run
 * this at once.
 */
export async function runPayments(
  options: Omit<PaymentSettlementOptions, 'onAsked'> & { database: Database; log: Log; signal: AbortSignal },
): Promise<void> {
  const { database, signal, log } = options;
  const { repeat, hint } = stepLoops({ full: BATCH, signal, log });
  const { route, validate, decide, pay, renew, asked, finish } = createPaymentSettlement({
    ...options,
    onAsked() {
      hint('pay');
      hint('validate');
    },
  });
  await Promise.all([
    repeat(
      'route',
      async () => {
        const routed = await route();
        if (routed > 0) {
          hint('validate');
          hint('pay');
        }
        return routed;
      },
      CALM,
    ),
    repeat('validate', validate, CALM),
    repeat('decide', async () => {
      const decided = await decide();
      if (decided > 0) hint('pay');
      return decided;
    }),
    repeat('pay', pay, CALM),
    repeat('renew', renew, CALM),
    listen(database, PAYMENT_CHANNEL, { onHint: () => hint('route'), signal, log }),
  ]);
  await finish().catch((error: unknown) => {
    log.warn({ err: error }, 'routed payments are paid by another worker when their claim lapses');
  });
  await asked();
}
