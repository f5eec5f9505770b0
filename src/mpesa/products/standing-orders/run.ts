import type { Log } from '../../../platform/log.ts';
import type { OwnSettlement } from '../../work-queue/own-settlement.ts';
import { stepLoops } from '../../work-queue/step-loops.ts';
import type { StandingOrderSettings } from './settings.ts';
import { createStandingOrders, DUE_BATCH, type StandingOrdersOptions } from './settle.ts';

/** What a worker does with standing orders: it asks their customers, and makes the payments that are due. */
export const standingOrdersSettlement: OwnSettlement<{ readonly standingOrders: StandingOrderSettings }> = {
  pool: { connections: 1 },
  run: ({ settings, ...deps }) => runStandingOrders({ ...deps, settings: () => settings().standingOrders }),
};

/** Orders are counted in days, and their customers are people. */
const CALM = { calm: true };

/** Runs the steps until `signal` aborts. Any number of processes may run this at once. */
async function runStandingOrders(
  options: StandingOrdersOptions & { signal: AbortSignal; log: Log },
): Promise<void> {
  const { ask, collect, expire, due } = createStandingOrders(options);
  const { repeat } = stepLoops({ full: DUE_BATCH, signal: options.signal, log: options.log });
  await Promise.all([
    repeat('standing orders: ask', ask, CALM),
    repeat('standing orders: collect', async () => (await collect()) + (await expire()), CALM),
    repeat('standing orders: due', due, CALM),
  ]);
}
