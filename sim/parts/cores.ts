import { createReceipts } from '../../src/agent/shell/receipts.ts';
import { planOf } from '../../src/cli/undo/plan.ts';
import { decide } from '../../src/control/leader/turn/decide.ts';
import { policyFor } from '../../src/control/policy/change-rules.ts';
import type { Named } from '../../src/control/undo/candidates.ts';
import { targetOf } from '../../src/control/undo/way-back.ts';
import { step } from '../../src/rollout/instance/instance.ts';
import { obstaclesOf } from '../../src/rollout/plan/can-pass.ts';
import { checkOffer } from '../../src/rollout/signed/envelope.ts';

/** The decisions under test. A mutant is one of them with a fault put in. */
export interface Cores {
  readonly instance: typeof step;
  readonly decide: typeof decide;
  readonly checkOffer: typeof checkOffer;
  readonly receipts: typeof createReceipts;
  /** What `imara undo` does about what stands. */
  readonly planUndo: typeof planOf;
  /** Whether an undo may lead to a release. */
  readonly targetOf: typeof targetOf;
  /** What the command line orders at an instance, where control cannot say that an undo is done. */
  readonly orderHere: (
    named: Named,
    serves: string | null,
  ) => { readonly rollout: string | null; readonly from: string };
  /** Why rules that are pushed are refused. */
  readonly obstaclesOf: typeof obstaclesOf;
  /** By which policy a change travels. */
  readonly policyFor: typeof policyFor;
  /** Whether the store turns away what a leader writes after its term. */
  readonly storeFences: boolean;
  /** The fence of the next term; see `election.ts`. */
  readonly nextFence: (fence: number, now: number) => number;
  /** R2: whether the store refuses an offer to production without a receipt. */
  readonly storeWantsReceipts: boolean;
}

export const realCores: Cores = {
  instance: step,
  decide,
  checkOffer,
  receipts: createReceipts,
  planUndo: planOf,
  targetOf,
  orderHere: ({ rollout, hash }) => ({ rollout, from: hash }),
  obstaclesOf,
  policyFor,
  storeFences: true,
  nextFence: (fence, now) => Math.max(fence + 1, Math.floor(now)),
  storeWantsReceipts: true,
};
