import type { At } from '../../src/rollout/instance/state.ts';
import { TICK_MS } from '../settings.ts';
import type { Rule, Setup } from './rule.ts';

/**
 * R1: no step of an instance takes longer than it may. What hangs on its way back is ended, and counts as its
 * boot.
 */
export function deadlineRule({ settings }: Setup): Rule {
  const { verifyMs, tasteMs, switchMs, saveMs } = settings.limits;
  const most: Partial<Record<At, number>> = {
    verifying: verifyMs,
    tasting: tasteMs,
    switching: switchMs,
    proving: saveMs,
  };
  const waiting = new Map<string, { at: At; since: number; mostMs: number }>();
  return {
    id: 'R1',
    demands: 'no step of an instance outlasts its deadline',
    look(seen, now) {
      if (seen.type === 'died' || seen.type === 'stopped_moving') waiting.delete(seen.instance);
      if (seen.type === 'stepped') {
        const { at } = seen.state.phase;
        const mostMs = most[at];
        if (mostMs === undefined) waiting.delete(seen.instance);
        else if (waiting.get(seen.instance)?.at !== at)
          waiting.set(seen.instance, { at, since: now, mostMs });
      }
      if (seen.type !== 'tick') return undefined;
      for (const [instance, { at, since, mostMs }] of waiting) {
        if (now - since > mostMs + 2 * TICK_MS) return `${instance} has been ${at} for ${now - since} ms`;
      }
      return undefined;
    },
  };
}

/** Only the leader of the day writes: what one that was asleep had in mind is turned away. */
export function fenceRule(_: Setup): Rule {
  let fence = 0;
  const writers = new Map<string, number>();
  return {
    id: 'fence',
    demands: 'what a leader writes after another has begun is refused',
    look(seen) {
      if (seen.type === 'restored') writers.clear();
      if (seen.type === 'leads') fence = seen.fence;
      if (seen.type !== 'decided' || !seen.stored) return undefined;
      const last = writers.get(seen.after.id) ?? 0;
      writers.set(seen.after.id, Math.max(last, seen.fence));
      if (seen.fence >= last) return undefined;
      return `${seen.control} of term ${seen.fence} wrote ${seen.after.id} after term ${last} had, in term ${fence}`;
    },
  };
}
