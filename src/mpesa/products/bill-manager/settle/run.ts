import type { Log } from '../../../../platform/log.ts';
import type { OwnSettlement } from '../../../work-queue/own-settlement.ts';
import { stepLoops } from '../../../work-queue/step-loops.ts';
import type { BillManagerSettings } from '../settings.ts';
import { BATCH, type BillsOptions, createBills } from './settle.ts';

/** What a worker does with bills: billers are notified of payments, and customers of what they owe. */
export const billSettlement: OwnSettlement<{ readonly billManager: BillManagerSettings }> = {
  pool: { connections: 1 },
  run: ({ settings, ...deps }) => runBills({ ...deps, settings: () => settings().billManager }),
};

/** Runs the steps until `signal` aborts. Any number of processes may run this at once. */
async function runBills(options: BillsOptions & { signal: AbortSignal; log: Log }): Promise<void> {
  const { pay, reopen, remind } = createBills(options);
  const { repeat } = stepLoops({ full: BATCH, signal: options.signal, log: options.log });
  const calm = { calm: true };
  await Promise.all([
    repeat('bills: pay', pay, calm),
    repeat('bills: reopen', reopen, calm),
    repeat('bills: remind', remind, calm),
  ]);
}
