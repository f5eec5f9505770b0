import type { WaveCriteria } from '../../rollout/gate/verdict.ts';
import type { RolloutPolicy } from '../../rollout/machine/state.ts';
import { type Obstacle, tooShort } from '../../rollout/plan/can-pass.ts';
import { defaultRolloutPolicy } from '../settings.ts';

type Evidence = Pick<WaveCriteria, 'minMs' | 'deadlineMs' | 'excessBadRate'>;

/** What a service's configuration says of how it travels itself. Times in ms, shares from 0 to 1. */
export interface RolloutSettings {
  approvals: number;
  confirmEachWave: boolean;
  falseAlarm: number;
  leaseMs: number;
  heldBackShare: number;
  firstWave: Evidence & { instances: number; maxFailed: number };
  laterWaves: Evidence & { maxFailed: number };
  bake: Evidence;
  testMs: number;
  takeMs: number;
  patienceMs: number;
}

const DAY_MS = 86_400_000;

/**
 * The least and the most of each of its numbers, for every service. What they mean to each other:
 * `rollout/plan/can-pass.ts`.
 */
export const rolloutBounds = {
  approvals: [0, 10],
  falseAlarm: [0.0001, 0.1],
  leaseMs: [2_000, 60_000],
  heldBackShare: [0, 0.5],
  instances: [1, 1_000],
  maxFailed: [1, 1_000_000],
  minMs: [0, DAY_MS],
  deadlineMs: [10_000, DAY_MS],
  excessBadRate: [0.001, 0.5],
  testMs: [20_000, DAY_MS],
  takeMs: [10_000, 600_000],
  patienceMs: [60_000, 7 * DAY_MS],
} as const;

/** The part of a policy that configuration may say. */
export function settingsOf({ waves, gate, ...policy }: RolloutPolicy): RolloutSettings {
  const evidence = ({ minMs, deadlineMs, excessBadRate }: WaveCriteria) => ({
    minMs,
    deadlineMs,
    excessBadRate,
  });
  const { maxFailed } = waves;
  return {
    approvals: policy.people,
    confirmEachWave: policy.confirmWaves,
    falseAlarm: gate.falseAlarm,
    leaseMs: waves.leaseMs,
    heldBackShare: waves.holdBack,
    firstWave: { instances: waves.firstWave, maxFailed: maxFailed.firstWave, ...evidence(waves.first) },
    laterWaves: { maxFailed: maxFailed.laterWaves, ...evidence(waves.middle) },
    bake: evidence(waves.bake),
    testMs: policy.testMs,
    takeMs: policy.takeMs,
    patienceMs: policy.patienceMs,
  };
}

/** `usual` with what the configuration says. */
export function policyOf(settings: RolloutSettings, usual: RolloutPolicy): RolloutPolicy {
  const { firstWave, laterWaves, bake } = settings;
  const { waves, gate } = usual;
  const criteria = (of: WaveCriteria, { minMs, deadlineMs, excessBadRate }: Evidence): WaveCriteria => {
    return { ...of, minMs, deadlineMs, excessBadRate };
  };
  return {
    ...usual,
    people: settings.approvals,
    confirmWaves: settings.confirmEachWave,
    testMs: settings.testMs,
    takeMs: settings.takeMs,
    patienceMs: settings.patienceMs,
    gate: { ...gate, falseAlarm: settings.falseAlarm },
    waves: {
      ...waves,
      firstWave: firstWave.instances,
      holdBack: settings.heldBackShare,
      leaseMs: settings.leaseMs,
      maxFailed: { firstWave: firstWave.maxFailed, laterWaves: laterWaves.maxFailed },
      first: criteria(waves.first, firstWave),
      middle: criteria(waves.middle, laterWaves),
      rest: criteria(waves.rest, laterWaves),
      bake: criteria(waves.bake, bake),
    },
  };
}

/** Its times that contradict each other, whatever there is. */
export function tooShortIn(settings: RolloutSettings): Obstacle[] {
  return tooShort(policyOf(settings, defaultRolloutPolicy));
}
