import type { WaveCriteria } from '../gate/verdict.ts';
import type { RolloutPolicy } from '../rollout-state.ts';

/** One instance has it for so long, alive and well, before the others get it; and all of them before it is proved. */
const FIRST_MS = 500;
const ALL_MS = 1_000;
/** Whoever has not taken it by then keeps nobody waiting, and is offered it again and again. */
export const SWITCH_LATE_MS = 10_000;
const DEADLINE_MS = 60_000;
const LEASE_MS = 10_000;
const ANY_NUMBER = Number.MAX_SAFE_INTEGER;

/**
 * The short way of a change that only switches something off: one instance, then all; nobody's approval, no freeze, no price, no
 * statistics, because what it does (it refuses) is what the statistics count. Facts undo it as they undo any release. Receipts, tastes
 * and leases are as ever (R2, R4, R5). Its times are not the policy's: a policy that nothing can pass must not keep a product on.
 */
export function switchPolicy(policy: RolloutPolicy): RolloutPolicy {
  const { waves } = policy;
  const criteria = (minMs: number): WaveCriteria => ({
    ...waves.first,
    minMs,
    deadlineMs: DEADLINE_MS,
    factsOnly: true,
  });
  const all = criteria(ALL_MS);
  return {
    ...policy,
    people: 0,
    confirmWaves: false,
    testMs: Math.max(policy.testMs, DEADLINE_MS),
    takeMs: Math.max(policy.takeMs, 2 * SWITCH_LATE_MS),
    waves: {
      ...waves,
      firstWave: 1,
      firstCell: [1],
      holdBack: 0,
      maxFailed: { firstWave: ANY_NUMBER, laterWaves: ANY_NUMBER },
      leaseMs: Math.min(LEASE_MS, waves.maxLeaseMs),
      first: criteria(FIRST_MS),
      middle: all,
      bake: all,
      rest: all,
    },
  };
}
