import { short } from '../seen.ts';
import { byName, type Rule, type Setup } from './rule.ts';

const BACKWARD = ['rolling_back', 'rolled_back', 'aborted'];
/** The swap, a process that must be ended for it, its boot, and a disk that the boot waits for. */
const BACK_WITHIN_MS = 12_000;

/** R6 in an instance: an undo that arrives is obeyed, in every state. */
export function obeyRule(_: Setup): Rule {
  const due = new Map<string, { from: string; at: number }>();
  const live = new Map<string, string | null>();
  return {
    id: 'R6 obeyed',
    demands: 'an instance that is told to undo goes back, whatever else is the matter',
    look(seen, now) {
      switch (seen.type) {
        case 'received':
          if (seen.event.type === 'undo' && live.get(seen.instance) === seen.event.from) {
            due.set(seen.instance, { from: seen.event.from, at: due.get(seen.instance)?.at ?? now });
          }
          return undefined;
        case 'undo_here':
          // Who does not have it has nothing to leave.
          if (live.get(seen.instance) === seen.from) due.set(seen.instance, { from: seen.from, at: now });
          return undefined;
        case 'serves':
          live.set(seen.instance, seen.hash);
          if (due.get(seen.instance)?.from !== seen.hash) due.delete(seen.instance);
          return undefined;
        case 'died':
          live.delete(seen.instance);
          // Its order is lost with it, unless its loop was stuck; control sends the order again.
          due.delete(seen.instance);
          return undefined;
        case 'stepped': {
          const { phase, good } = seen.state;
          if (seen.undid === null || phase.at === 'down') return undefined;
          const coming =
            phase.at === 'verifying' ? phase.envelope.body : 'offer' in phase ? phase.offer : undefined;
          if (coming?.release.hash !== seen.undid && good?.hash !== seen.undid) return undefined;
          return `${seen.instance} was told to undo ${short(seen.undid)} and is ${phase.at} with it`;
        }
        case 'tick':
          for (const [instance, { from, at }] of due) {
            if (now - at > BACK_WITHIN_MS)
              return `${instance} has not left ${short(from)} ${now - at} ms after its undo`;
          }
          return undefined;
        default:
          return undefined;
      }
    },
  };
}

/** R6 in control: an undo that was ordered is done in the next turn, and nothing goes forward after it. */
export function orderedRule(_: Setup): Rule {
  const ordered = new Map<string, { rollout: string; at: number }>();
  const nothingUndone = () => byName(() => ({ at: Number.POSITIVE_INFINITY, fence: 0 }));
  let undone = nothingUndone();
  return {
    id: 'R6 done',
    demands:
      'an undo is done in the next turn of whoever leads, and nothing is offered, renewed or proved after it',
    look(seen, now) {
      switch (seen.type) {
        case 'restored':
          // The store knows nothing of what was ordered and done since; R18 asks what becomes of that.
          ordered.clear();
          undone = nothingUndone();
          return undefined;
        case 'undo_ordered':
          ordered.set(seen.command, { rollout: seen.rollout, at: Number.POSITIVE_INFINITY });
          return undefined;
        case 'undo_written': {
          const it = ordered.get(seen.command);
          if (it !== undefined) ordered.set(seen.command, { ...it, at: now });
          return undefined;
        }
        case 'commands_done':
          for (const id of seen.commands) ordered.delete(id);
          return undefined;
        case 'turn': {
          for (const [id, { rollout, at }] of ordered) {
            if (at < seen.beganAt - 50)
              return `a turn of ${seen.control} passed over undo ${id} of ${rollout}`;
          }
          return undefined;
        }
        case 'decided': {
          const { after, effects, stored, fence } = seen;
          const asked = effects.some((effect) => effect.type === 'journal' && effect.entry.what === 'undo');
          if (asked && !BACKWARD.includes(after.phase.at))
            return `${after.id} was undone, and is ${after.phase.at}`;
          if (stored && BACKWARD.includes(after.phase.at))
            Object.assign(undone(after.id), { at: now, fence });
          const was = undone(after.id);
          if (stored && !BACKWARD.includes(after.phase.at) && was.at < now) {
            return `${after.id} had gone back, and is ${after.phase.at} again`;
          }
          return undefined;
        }
        case 'told':
          // A renewal is not worth waiting for the store, so one may be said in the turn that another leader
          // overtook.
          if (
            seen.what === 'renewal' ? now <= undone(seen.rollout).at + 2_500 : now <= undone(seen.rollout).at
          ) {
            return undefined;
          }
          return `${seen.control} sends ${seen.instance} a ${seen.what} of ${seen.rollout}, which is undone`;
        default:
          return undefined;
      }
    },
  };
}
