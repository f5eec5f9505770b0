import { createReceipts } from '../src/agent/receipts.ts';
import { decide } from '../src/control/decide.ts';
import { checkOffer } from '../src/rollout/envelope.ts';
import { step } from '../src/rollout/instance.ts';

/** The decisions under test. A mutant is one of them with a fault put in. */
export interface Cores {
  readonly instance: typeof step;
  readonly decide: typeof decide;
  readonly checkOffer: typeof checkOffer;
  readonly receipts: typeof createReceipts;
  /** Whether the store turns away what a leader writes after its term. */
  readonly storeFences: boolean;
  /** R2: whether the store refuses an offer to production without a receipt. */
  readonly storeWantsReceipts: boolean;
}

export const realCores: Cores = {
  instance: step,
  decide,
  checkOffer,
  receipts: createReceipts,
  storeFences: true,
  storeWantsReceipts: true,
};
