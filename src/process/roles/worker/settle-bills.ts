import { runBills } from '../../../mpesa/products/bill-manager/settle/run.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { Root } from '../../main/run-process.ts';
import { connections } from '../connections.ts';

/**
 * What a worker does with bills: it tells billers of payments, and reminds customers. Settles when it has
 * begun nothing more.
 */
export function settleBills(
  { database: pool, log, release }: Root,
  { onTold, signal }: { onTold: () => void; signal: AbortSignal },
): Promise<void> {
  return runBills({
    database: pool(connections.worker.bills),
    settings: () => release().document.mpesa.billManager,
    clock: systemClock,
    log,
    signal,
    onTold,
  });
}
