import type { Database } from '../../../platform/database/database.ts';
import type { Log } from '../../../platform/log.ts';
import { stepLoops } from '../../work-queue/step-loops.ts';
import { createStandingOrders, DUE_BATCH, type StandingOrdersOptions } from './settle.ts';

/** Orders are counted in days, and their customers are people. */
const CALM = { calm: true };

/** Runs the steps until `signal` aborts. Any number of processes may run this at once. */
export async function runStandingOrders(
  options: StandingOrdersOptions & { database: Database; signal: AbortSignal; log: Log },
): Promise<void> {
  const { ask, collect, expire, due } = createStandingOrders(options);
  const { repeat } = stepLoops({ full: DUE_BATCH, signal: options.signal, log: options.log });
  await Promise.all([
    repeat('standing orders: ask', ask, CALM),
    repeat('standing orders: collect', async () => (await collect()) + (await expire()), CALM),
    repeat('standing orders: due', due, CALM),
  ]);
}
