import type { Traffic } from '../../rollout/plan/waves.ts';
import type { InstanceRegistry } from '../agents/registry.ts';
import type { ControlSettings } from '../settings.ts';

/** What a wave is priced with: measured rates where there are any, and what is known of the servers. */
export function measuredTraffic(
  { instances, rps, probesPerSecond }: ReturnType<InstanceRegistry['rates']>,
  assumed: ControlSettings['traffic'],
): Traffic {
  const { deadlineMs, lagMs, maxWaitingPerInstance } = assumed;
  const perInstance = probesPerSecond / Math.max(1, instances);
  const probes = Math.max(assumed.probesPerSecond, perInstance);
  return { rps, probes, deadlineMs, lagMs, maxWaitingPerInstance };
}
