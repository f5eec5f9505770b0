import type { Log } from '../../../../platform/log.ts';
import { stepLoops } from '../../../work-queue/step-loops.ts';
import { BATCH, type BillsOptions, createBills } from './settle.ts';

/** Runs the steps until `signal` aborts. Any number of processes may run this at once. */
export async function runBills(options: BillsOptions & { signal: AbortSignal; log: Log }): Promise<void> {
  const { pay, remind } = createBills(options);
  const { repeat } = stepLoops({ full: BATCH, signal: options.signal, log: options.log });
  const calm = { calm: true };
  await Promise.all([repeat('bills: pay', pay, calm), repeat('bills: remind', remind, calm)]);
}
