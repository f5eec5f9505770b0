import type { Delivery } from '../../../delivery/deliver.ts';
import { createSimulatedGateway } from '../../../handset/simulated.ts';
import type { Books } from '../../../ledger/books.ts';
import { settledProducts } from '../../../mpesa/catalogue.ts';
import { createReceipts } from '../../../mpesa/identifiers/receipt-numbers.ts';
import type { AccountOpener } from '../../../mpesa/parties/accounts/account-opener.ts';
import { createInitiators } from '../../../mpesa/parties/initiators/security-credential/check.ts';
import { credentialOpener } from '../../../mpesa/parties/initiators/security-credential/opener.ts';
import { runRequests } from '../../../mpesa/requests/settlement/run.ts';
import { createRequestSettlement } from '../../../mpesa/requests/settlement/settle.ts';
import { initiatorResults } from '../../../mpesa/results/codes.ts';
import { systemClock } from '../../../platform/clock.ts';
import { releaseLabel } from '../../installation/configuration.ts';
import { readCredentialKey } from '../../main/environment.ts';
import type { Root } from '../../main/run-process.ts';
import { connections } from '../connections.ts';
import { requestEnding } from './endings.ts';
import { resultMetrics } from './result-metrics.ts';

/**
 * What a worker does with requests that are answered later. Returns what ends it, once it has begun nothing
 * more.
 */
export function settleRequests(
  root: Root,
  {
    books,
    accounts,
    delivery,
    signal,
  }: { books: Books; accounts: AccountOpener; delivery: Delivery; signal: AbortSignal },
): () => Promise<void> {
  const { env, log, release, record, ended } = root;
  // A pool of its own: requests that are many must not hold what paying needs.
  const database = root.database(connections.worker.requests, { plansOnce: true });
  const steps = root.database(connections.worker.requestSteps, { plansOnce: true, commitsLater: true });
  const opener = credentialOpener({ privateKey: () => readCredentialKey(env) });
  const count = resultMetrics(root.registry, {
    name: 'mpesa_request',
    what: 'Requests with an initiator',
    since: 'acknowledgement',
    labels: ['product'],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  });
  const settlement = createRequestSettlement({
    database,
    steps,
    books,
    initiators: createInitiators({
      database,
      opener,
      settings: () => release().document.mpesa.requests,
      clock: systemClock,
    }),
    receipts: createReceipts(database),
    accounts,
    settings: () => release().document.mpesa,
    products: settledProducts,
    gatewayOf: (asker) =>
      createSimulatedGateway({
        database,
        settings: () => release().document.handset,
        clock: systemClock,
        asker,
      }),
    clock: systemClock,
    log,
    handover: delivery,
    onEnded(each) {
      const { product, durationMs } = each;
      const { code } = each.result;
      count({ by: { product }, code, durationMs });
      if (each.waits) delivery.wake();
      if (each.injected) return;
      const label = releaseLabel(release());
      if (code === initiatorResults.queueTimeout.code) record('error', label);
      else {
        if (code === initiatorResults.done.code) record('good', label);
        const ending = requestEnding(each);
        if (ending !== undefined) ended(ending, label);
      }
    },
  });
  const running = runRequests(settlement, { database, signal, log });
  return async () => {
    await running;
    await opener.close();
  };
}
