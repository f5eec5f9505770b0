import { type ControlSettings, defaultControlSettings } from '../src/control/settings.ts';
import { defaultGatePolicy } from '../src/rollout/gate/gate.ts';
import { defaultInstanceLimits, type InstanceLimits } from '../src/rollout/instance/state.ts';
import { defaultWavePolicy } from '../src/rollout/plan/waves.ts';
import type { ReceiptRule } from '../src/rollout/signed/receipt.ts';

/**
 * The figures of the simulated installation: those of the real one, with waits that fit into some minutes.
 */
export interface Settings {
  readonly control: ControlSettings;
  readonly limits: InstanceLimits;
  readonly receipts: ReceiptRule;
  /** Synthetic payments without a fault that a testing instance signs for. */
  readonly receiptPayments: number;
  readonly receiptMs: number;
  readonly clockSkewMs: number;
  /** How long a serving loop may stand still before the watchdog ends the process. */
  readonly blockedMs: number;
  /** After this without an answer the supervisor ends a process, whatever its watchdog says. */
  readonly unhealthyMs: number;
  /** How long a boot waits for its own disk. */
  readonly diskMs: number;
  /** Payments and probes a second to each instance. */
  readonly rps: number;
  readonly probesPerSecond: number;
}

export const TICK_MS = 50;

export function settingsFor(instances: number, confirmWaves: boolean): Settings {
  const large = instances > 100;
  const quick = { excessBadRate: 0.05, missChance: 0.05, minMs: 3_000, deadlineMs: 60_000 };
  const rates = large ? { rps: 1, probesPerSecond: 4 } : { rps: 10, probesPerSecond: 10 };
  return {
    control: {
      ...defaultControlSettings,
      policy: {
        waves: {
          ...defaultWavePolicy,
          first: quick,
          middle: quick,
          // Longer than the latest effect known of a release here.
          bake: { ...quick, minMs: 25_000, deadlineMs: 90_000 },
          rest: quick,
        },
        gate: defaultGatePolicy,
        people: 1,
        confirmWaves,
        testMs: 40_000,
        takeMs: 10_000,
        patienceMs: 60_000,
        repeatMs: 1_000,
        windowMs: 500,
      },
      traffic: {
        ...defaultControlSettings.traffic,
        deadlineMs: 1_000,
        probesPerSecond: rates.probesPerSecond,
      },
    },
    limits: { ...defaultInstanceLimits, tasteMs: 4_000 },
    receipts: { environment: 'testing', count: 1 },
    receiptPayments: 20,
    receiptMs: 60_000,
    clockSkewMs: 5_000,
    blockedMs: 2_000,
    unhealthyMs: 15_000,
    diskMs: 2_000,
    ...rates,
  };
}
