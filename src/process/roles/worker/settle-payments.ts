import type { Delivery } from '../../../delivery/deliver.ts';
import { seededWallet } from '../../../handset/seeds.ts';
import type { Books } from '../../../ledger/books.ts';
import { createReceipts } from '../../../mpesa/identifiers/receipt-numbers.ts';
import { createAccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { paymentResults } from '../../../mpesa/payments/results.ts';
import { runPayments } from '../../../mpesa/payments/settlement/run.ts';
import { systemClock } from '../../../platform/clock.ts';
import { releaseLabel } from '../../installation/configuration.ts';
import type { Root } from '../../main/run-process.ts';
import { connections } from '../connections.ts';
import { paymentEnding } from './endings.ts';
import { resultMetrics } from './result-metrics.ts';

/**
 * What a worker does with payments that customers make by themselves. Settles when it has begun nothing
 * more.
 */
export function settlePayments(
  root: Root,
  { books, delivery, signal }: { books: Books; delivery: Delivery; signal: AbortSignal },
): Promise<void> {
  const { log, release, record, ended } = root;
  // A pool of its own: merchants that are slow to validate must not hold what pushes need.
  const database = root.database(connections.worker.payments, { plansOnce: true });
  const steps = root.database(connections.worker.paymentSteps, { plansOnce: true, commitsLater: true });
  const count = resultMetrics(root.registry, {
    name: 'mpesa_payment',
    what: 'Payments of customers',
    since: 'acceptance',
    labels: ['kind'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  return runPayments({
    database,
    steps,
    books,
    accounts: createAccountOpener({
      books,
      settings: () => release().document.accounts,
      termsOf: seededWallet,
      clock: systemClock,
    }),
    receipts: createReceipts(database),
    termsOf: seededWallet,
    settings() {
      const { mpesa, delivery } = release().document;
      const customers = { ...mpesa.stk, standingOrderTariffs: mpesa.standingOrders.tariffs };
      return { customers, validationTimeoutMs: mpesa.c2b.validationTimeoutMs, delivery };
    },
    clock: systemClock,
    log,
    signal,
    handover: delivery,
    onResolved(resolved) {
      const { payment, result, durationMs } = resolved;
      count({ by: { kind: payment.kind }, code: result.code, durationMs });
      if (resolved.waits) delivery.wake();
      // A failure that somebody asked for (R19).
      if (payment.planned) return;
      const label = releaseLabel(release());
      if (result === paymentResults.paid) record('good', label);
      const ending = paymentEnding(resolved);
      if (ending !== undefined) ended(ending, label);
    },
  });
}
