import type { Delivery } from '../../../delivery/deliver.ts';
import { seededWallet } from '../../../handset/seeds.ts';
import { createSimulatedGateway } from '../../../handset/simulated.ts';
import type { Books } from '../../../ledger/books.ts';
import { ownSettlements } from '../../../mpesa/catalogue.ts';
import { createReceipts } from '../../../mpesa/identifiers/receipt-numbers.ts';
import type { AccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { systemClock } from '../../../platform/clock.ts';
import { releaseLabel } from '../../installation/configuration.ts';
import type { Root } from '../../main/run-process.ts';
import { pushEnding } from './endings.ts';
import { resultMetrics } from './result-metrics.ts';

/** Of a payment that waits for a person. */
const SECONDS = [0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120];

/**
 * What a worker does for the products whose rows are their own, each with a pool of its own. Settles when all
 * have begun nothing more.
 */
export async function settleProducts(
  root: Root,
  {
    books,
    accounts,
    delivery,
    signal,
  }: {
    books: Books;
    accounts: AccountOpener;
    delivery: Delivery;
    signal: AbortSignal;
  },
): Promise<void> {
  const { log, registry, release, record, ended } = root;
  await Promise.all(
    ownSettlements.map(({ name, pool: { connections, steps: ofSteps, ...options }, metrics, run }) => {
      const database = root.database(connections, options);
      const steps =
        ofSteps === undefined ? database : root.database(ofSteps, { ...options, commitsLater: true });
      const count =
        metrics === undefined
          ? undefined
          : resultMetrics(registry, { ...metrics, since: 'acknowledgement', labels: [], buckets: SECONDS });
      return run({
        database,
        steps,
        books,
        accounts,
        receipts: createReceipts(database),
        gateway: createSimulatedGateway({
          database: steps,
          settings: () => release().document.handset,
          clock: systemClock,
          asker: name,
        }),
        termsOf: seededWallet,
        settings: () => release().document.mpesa,
        clock: systemClock,
        log,
        handover: delivery,
        onWritten: () => delivery.wake(),
        onEnded(payment) {
          const { code, durationMs } = payment;
          count?.({ by: {}, code, durationMs });
          // A failure that somebody asked for (R19).
          if (payment.injected) return;
          const label = releaseLabel(release());
          if (payment.outcome === 'failed') {
            record('error', label);
            return;
          }
          if (payment.outcome === 'paid') record('good', label);
          const ending = pushEnding(payment);
          if (ending !== undefined) ended(ending, label);
        },
        signal,
      });
    }),
  );
}
