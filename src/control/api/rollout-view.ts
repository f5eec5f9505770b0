import { named } from '../../rollout/machine/rollback.ts';
import type { Progress, RolloutState } from '../../rollout/machine/state.ts';
import type { Wave } from '../../rollout/plan/waves.ts';
import type { Rollout, RolloutWithMembers } from '../contract/resources/releases/rollout.ts';
import type { StoredRollout } from '../store/rollouts.ts';

/** What people and programs are shown of a rollout. */
export function rolloutView({ state, ...stored }: StoredRollout): Rollout {
  const { phase, waves, policy } = state;
  return {
    id: stored.id,
    service: stored.service,
    release: stored.sequence,
    hash: state.hash,
    undoTo: stored.backTo ?? state.undoTo,
    author: stored.author,
    reason: stored.reason,
    phase: phase.at,
    /** Why it ended, or goes back. */
    because: 'reason' in phase ? phase.reason : null,
    wave: waveNumber(state),
    waves: waves.map(waveView),
    instances: { testing: countOf(state, 'testing'), production: countOf(state, 'target') },
    receipts: state.receipts,
    approvals: state.approvals,
    approvalsNeeded: policy.people,
    breakGlass: state.breakGlass,
    /** What it switches off, when it does nothing else: it goes the short way. */
    switches: state.switches ?? null,
    /** Whether the next wave waits for a person's confirmation. */
    waitsForPromotion: phase.at === 'waiting' && !phase.confirmed,
    freezes: state.freezes,
    deadlineAt: 'deadlineAt' in phase ? new Date(phase.deadlineAt).toISOString() : null,
    verdict: state.verdict,
    warnings: warningsOf(state),
    version: stored.version,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

/** So many different ones are shown, and so many instances of each by name. */
const MOST_WARNINGS = 20;
const NAMED_OF_WARNING = 3;

/** What does not work, and was no reason to refuse it, with where that was seen. */
function warningsOf(state: RolloutState) {
  const seen = new Map<string, { key: string; cause: string; count: number; instances: string[] }>();
  for (const [instance, { warnings = [] }] of named(state)) {
    for (const { key, cause } of warnings) {
      const text = `${key}: ${cause}`;
      const known = seen.get(text);
      if (known === undefined) {
        if (seen.size < MOST_WARNINGS) seen.set(text, { key, cause, count: 1, instances: [instance] });
        continue;
      }
      known.count += 1;
      if (known.instances.length < NAMED_OF_WARNING) known.instances.push(instance);
    }
  }
  return [...seen.values()];
}

/** Each instance's part in it. */
export function membersView(state: RolloutState): RolloutWithMembers['members'] {
  return named(state).map(([instance, { environment, cell, has, heardAt }]) => ({
    instance,
    environment: environment === 'testing' ? ('testing' as const) : ('production' as const),
    cell,
    has,
    heardAt: new Date(heardAt).toISOString(),
  }));
}

export function waveView({ kind, instances, share, leaseMs, harm, criteria }: Wave) {
  return { kind, instances: instances.length, share, leaseMs, harm, criteria };
}

/** From 1; `null` before the first. */
function waveNumber({ phase }: RolloutState): number | null {
  if ('wave' in phase) return phase.wave + 1;
  return phase.at === 'waiting' && phase.next > 0 ? phase.next : null;
}

function countOf(state: RolloutState, environment: Progress['environment']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, progress] of named(state)) {
    if (progress.environment === environment) counts[progress.has] = (counts[progress.has] ?? 0) + 1;
  }
  return counts;
}
