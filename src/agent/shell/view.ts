import type { InstanceState, Phase } from '../../rollout/instance/state.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { Serve } from './ports.ts';

/** What the link may say of the instance. */
export function viewOf(
  state: InstanceState,
  { current, stretches }: Pick<Serve, 'current' | 'stretches'>,
): InstanceView {
  const { phase, good, memory } = state;
  const coming = comingOf(state);
  const { entries, undone } = memory.ring;
  return {
    phase: phase.at,
    running: current?.hash ?? null,
    good: good?.hash ?? null,
    rollout: coming?.rollout ?? null,
    coming: coming?.hash ?? null,
    stretches,
    ring: entries
      .filter(({ release }) => !undone.includes(release.hash))
      .map(({ release: { hash, sequence } }) => ({ hash, sequence })),
    order: memory.order,
    undone: memory.undoneRollouts,
  };
}

/** When this phase must be over, where the serving loop runs the service's code or would have to go back. */
export function moveBy(phase: Phase): number | null {
  switch (phase.at) {
    case 'lent':
      return phase.lease.expiresAt;
    case 'switching':
    case 'proving':
    case 'returning':
      return phase.deadlineAt;
    default:
      return null;
  }
}

/** The release on its way in, or lent. */
function comingOf({ phase }: InstanceState): { rollout: string; hash: string } | undefined {
  const offer = phase.at === 'verifying' ? phase.envelope.body : 'offer' in phase ? phase.offer : undefined;
  return offer && { rollout: offer.rollout, hash: offer.release.hash };
}
