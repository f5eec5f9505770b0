import { createSimulatedGateway } from '../../../handset/simulated.ts';
import { createReceipts } from '../../../mpesa/identifiers/receipt-numbers.ts';
import { runStandingOrders } from '../../../mpesa/products/standing-orders/run.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { Root } from '../../main/run-process.ts';
import { connections } from '../connections.ts';

/**
 * What a worker does with standing orders: it asks their customers, and makes the payments that are due.
 * Settles when it has begun nothing more.
 */
export function settleStandingOrders(
  { database: pool, log, release }: Root,
  { onTold, signal }: { onTold: () => void; signal: AbortSignal },
): Promise<void> {
  const database = pool(connections.worker.standingOrders);
  return runStandingOrders({
    database,
    receipts: createReceipts(database),
    gateway: createSimulatedGateway({
      database,
      settings: () => release().document.handset,
      clock: systemClock,
      asker: 'standing-orders',
    }),
    settings: () => release().document.mpesa.standingOrders,
    clock: systemClock,
    log,
    signal,
    onTold,
  });
}
