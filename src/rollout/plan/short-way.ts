import type { WaveCriteria } from '../gate/verdict.ts';
import type { RolloutPolicy } from '../machine/state.ts';

const DEADLINE_MS = 60_000;
const LEASE_MS = 10_000;
const ANY_NUMBER = Number.MAX_SAFE_INTEGER;

/**
 * One instance, then all, whatever the policy says of waves, cells, prices and evidence: facts and time
 * decide alone. It is the way of changes that statistics can say nothing about. Receipts, tastes and leases
 * are as ever (R2, R4, R5). `firstMs`: so long one instance has it, alive and well, before the others get it;
 * `allMs`: and all of them, before it is proved.
 */
export function shortWay(
  policy: RolloutPolicy,
  { firstMs, allMs, takeMs }: { firstMs: number; allMs: number; takeMs: number },
): RolloutPolicy {
  const { waves } = policy;
  const criteria = (minMs: number): WaveCriteria => ({
    ...waves.first,
    minMs,
    deadlineMs: DEADLINE_MS,
    factsOnly: true,
  });
  const all = criteria(allMs);
  return {
    ...policy,
    // Its times are not the policy's: one that nothing can pass must not be in its way.
    testMs: Math.max(policy.testMs, DEADLINE_MS),
    takeMs: Math.max(policy.takeMs, takeMs),
    waves: {
      ...waves,
      firstWave: 1,
      firstCell: [1],
      oneCell: true,
      holdBack: 0,
      maxWaves: ANY_NUMBER,
      maxFailed: { firstWave: ANY_NUMBER, laterWaves: ANY_NUMBER },
      leaseMs: Math.min(LEASE_MS, waves.maxLeaseMs),
      first: criteria(firstMs),
      middle: all,
      bake: all,
      rest: all,
    },
  };
}
