import type { RolloutEffect } from '../../rollout/machine/state.ts';
import type { Said } from '../agreement/agree.ts';
import { createSaying } from '../agreement/once-a-second.ts';
import type { Ordered } from '../store/assignments.ts';
import type { ActiveRollout } from './memory/active-rollout.ts';
import type { WorkingSet } from './memory/working-set.ts';
import type { LeaderPorts } from './ports.ts';
import type { Step } from './turn/decide.ts';

/**
 * What a leader says to instances, signed, on the streams that are open here. It holds when each was last
 * asked to agree; the turn and the operators' undo wake it. It never waits, and it never says what is
 * forward and not stored: that is for its callers to see to. What nobody listens to is said again when an
 * instance connects.
 */
export function createPublisher({
  streams,
  signedEvents,
  log,
}: Pick<LeaderPorts, 'streams' | 'signedEvents' | 'log'>) {
  const saying = createSaying();
  return {
    /** The last order for an instance. */
    word(held: WorkingSet, word: Ordered): void {
      const offered = held.active.find(({ id }) => id === word.rollout)?.offered ?? undefined;
      const text = signedEvents.assignmentText(word, offered);
      if (text !== undefined) streams.send(word.service, word.instance, text);
    },
    /** R6: before anything is stored. Returns how many heard it. */
    undos({ active, folded, backTo }: Pick<Step, 'active' | 'folded' | 'backTo'>): number {
      const ordered = folded.effects.filter((effect) => {
        if (effect.type !== 'undo') return false;
        const { from, to, instance } = effect;
        const text = signedEvents.undoText({ rollout: active.id, from, to: backTo ?? to });
        return streams.send(active.service, instance, text);
      });
      return ordered.length;
    },
    renewals({ id, service, state: { hash } }: ActiveRollout, effects: readonly RolloutEffect[]): void {
      for (const effect of effects) {
        if (effect.type !== 'renew') continue;
        const { instance, beat, leaseMs } = effect;
        const text = signedEvents.renewalText({ rollout: id, hash, instance, beat, leaseMs });
        streams.send(service, instance, text);
      }
    },
    /** R18: what brings control and fleet to agree. */
    differences(service: string, says: readonly Said[], now: number): void {
      for (const { instance, event } of saying.due(service, says, now)) {
        const text = event.type === 'show' ? signedEvents.showText(event.hash) : signedEvents.undoText(event);
        streams.send(service, instance, text);
        log.info({ instance, ...event }, 'control and fleet differ');
      }
    },
  };
}

export type Publisher = ReturnType<typeof createPublisher>;
