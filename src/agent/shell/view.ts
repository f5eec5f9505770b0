import type { InstanceState, Phase } from '../../rollout/instance/state.ts';
import type { InstanceView } from '../link/link.ts';
import type { LiveSwitch } from '../switch/live.ts';

/** What the link may say of the instance. */
export function viewOf(
  state: InstanceState,
  lives: Pick<LiveSwitch<unknown, unknown>, 'current' | 'stretches'>,
): InstanceView {
  const { phase, good, memory } = state;
  const coming = comingOf(state);
  const { entries, undone } = memory.ring;
  return {
    phase: phase.at,
    running: lives.current?.hash ?? null,
    good: good?.hash ?? null,
    rollout: coming?.rollout ?? null,
    coming: coming?.hash ?? null,
    stretches: lives.stretches,
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
