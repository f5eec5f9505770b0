import type { Database } from '../../../platform/database/database.ts';
import type { Log } from '../../../platform/log.ts';
import { stepLoops } from '../../work-queue/step-loops.ts';
import { createStandingOrders, DUE_BATCH, type StandingOrdersOptions } from './settle.ts';

/** Runs the steps until `signal` aborts. Any number of processes may run this at once. */
export async function runStandingOrders(
  options: StandingOrdersOptions & { database: Database; signal: AbortSignal; log: Log },
): Promise<void> {
  const { ask, collect, expire, due } = createStandingOrders(options);
  const { repeat } = stepLoops({ full: DUE_BATCH, signal: options.signal, log: options.log });
  await Promise.all([
    repeat('standing orders: ask', ask),
    repeat('standing orders: collect', async () => (await collect()) + (await expire())),
    repeat('standing orders: due', due),
  ]);
}
