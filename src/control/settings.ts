import { defaultGatePolicy } from '../rollout/gate/gate.ts';
import type { RolloutPolicy } from '../rollout/machine/state.ts';
import { defaultWavePolicy } from '../rollout/plan/waves.ts';

/** Everything that configuration says of control. Times in ms. */
export interface ControlSettings {
  readonly policy: RolloutPolicy;
  /** What the harm of a wave is priced with, beside the measured rates. */
  readonly traffic: {
    /** A hang is counted when this has passed: the deadline of a request. */
    readonly deadlineMs: number;
    /** From the last piece of evidence to the last instance back. */
    readonly lagMs: number;
    /** Requests that one instance lets wait on a fresh value. */
    readonly maxWaitingPerInstance: number;
    /**
     * Taken where less was measured, as before a change begins: probes a second to each instance while one is
     * under way.
     */
    readonly probesPerSecond: number;
  };
  /** A leader's term: so long after its end another leads. */
  readonly termMs: number;
  /** How long a new leader waits for the instances to find it before it counts their silence. */
  readonly gatherMs: number;
  /** An instance that was not heard for so long has left. */
  readonly lostMs: number;
  /** Beats of instances that have nothing new on them. */
  readonly idleBeatMs: number;
}

export const defaultRolloutPolicy: RolloutPolicy = {
  waves: defaultWavePolicy,
  gate: defaultGatePolicy,
  // With the author, whose own approval does not count, that makes two.
  people: 1,
  confirmWaves: false,
  testMs: 120_000,
  takeMs: 30_000,
  patienceMs: 86_400_000,
  repeatMs: 2_000,
  windowMs: 500,
};

export const defaultControlSettings: ControlSettings = {
  policy: defaultRolloutPolicy,
  traffic: { deadlineMs: 5_000, lagMs: 1_000, maxWaitingPerInstance: 16, probesPerSecond: 4 },
  termMs: 2_000,
  gatherMs: 3_000,
  lostMs: 5_000,
  idleBeatMs: 1_000,
};

const localWave = { excessBadRate: 0.1, missChance: 0.05, minMs: 2_000, deadlineMs: 120_000 } as const;

/**
 * On one machine with one person: nobody else is there to approve, nobody's money waits for a long bake or is
 * lost, and the machine does other things, so a silence of a second says nothing.
 */
export const localControlSettings: ControlSettings = {
  ...defaultControlSettings,
  lostMs: 10_000,
  policy: {
    ...defaultRolloutPolicy,
    people: 0,
    takeMs: 60_000,
    waves: {
      ...defaultWavePolicy,
      leaseMs: 20_000,
      maxFailed: { firstWave: 500, laterWaves: 5_000 },
      first: localWave,
      middle: localWave,
      bake: { ...localWave, minMs: 10_000 },
      rest: localWave,
    },
    gate: { ...defaultGatePolicy, facts: { ...defaultGatePolicy.facts, silentMs: 5_000, stalledMs: 5_000 } },
  },
};
