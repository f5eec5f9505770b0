import { LATELY_MS } from '../../src/control/undo/candidates.ts';
import { isFinished } from '../../src/rollout/machine/phases.ts';
import type { RolloutAt } from '../../src/rollout/machine/state.ts';
import { short } from '../seen.ts';
import { byName, type Rule, type Setup } from './rule.ts';

/**
 * Instances know an undo that was said and not written, or that a restored store has forgotten: that is
 * R18's.
 */
const RECONCILED = 'it was undone there, which control did not know';
const BACKWARD = ['rolling_back', 'rolled_back', 'aborted'];

/**
 * R17: an undo takes back exactly the release it names, once, however many people order it, and however
 * often.
 */
export function namedRule({ first }: Setup): Rule {
  const named = new Set<string>();
  const chosen = new Set<string>();
  const namedHashes = new Set<string>();
  const wentBack = new Map<string, { at: number; hash: string; undoTo: string | null }>();
  const phases = new Map<string, RolloutAt>();
  const proved = new Set([first]);
  const instances = byName(() => ({ leaving: null as string | null }));

  /** A person who does not name it may mean the one that was left just now. */
  function further(hash: string, now: number): string | undefined {
    for (const [rollout, left] of wentBack) {
      if (left.undoTo === hash && left.hash !== hash && now - left.at < LATELY_MS) return rollout;
    }
    return undefined;
  }

  return {
    id: 'R17',
    demands: 'an undo takes back exactly the release it names',
    look(seen, now) {
      switch (seen.type) {
        case 'undo_chosen': {
          const { leaves, to } = seen;
          for (const { hash } of leaves) chosen.add(hash);
          const [one, more] = leaves;
          if (to !== null && (!proved.has(to) || leaves.some(({ hash }) => hash === to)))
            return `an undo leads to ${short(to)}, which is no proved release before`;
          if (more !== undefined)
            return `one undo leaves ${leaves.map(({ rollout }) => rollout).join(' and ')}`;
          if (one === undefined || named.has(one.rollout)) return undefined;
          const before = phases.get(one.rollout) === 'proved' ? further(one.hash, now) : undefined;
          if (before !== undefined)
            return `${one.rollout} is left just after ${before}, and nobody was asked`;
          return undefined;
        }
        case 'restored':
          // Who leads from here may know nothing of what was left before.
          wentBack.clear();
          // What was over may be on its way again.
          for (const rollout of phases.keys()) phases.set(rollout, 'draft');
          return undefined;
        case 'release':
          // A switch waits for nobody: what is on its way when it is pulled goes back, and who pulls it means
          // that.
          phases.set(seen.rollout, 'draft');
          if (!seen.switches) return undefined;
          for (const [rollout, at] of phases) if (!isFinished(at)) named.add(rollout);
          return undefined;
        case 'undo_ordered':
          named.add(seen.rollout);
          return undefined;
        case 'undo_here':
          if (seen.again && !chosen.has(seen.from))
            return `the undo of ${short(seen.from)} is ordered at ${seen.instance}, and nobody chose it`;
          namedHashes.add(seen.from);
          return undefined;
        case 'decided': {
          const { before, after, stored } = seen;
          const { phase } = after;
          if (!stored) return undefined;
          phases.set(after.id, phase.at);
          if (phase.at === 'proved') proved.add(after.hash);
          if (!BACKWARD.includes(phase.at) || BACKWARD.includes(before.phase.at)) return undefined;
          wentBack.set(after.id, { at: now, hash: after.hash, undoTo: after.undoTo });
          const byPerson =
            'reason' in phase && phase.reason.startsWith('undone by') && !phase.reason.endsWith(RECONCILED);
          const meant =
            named.has(after.id) || namedHashes.has(after.hash) || namedHashes.has(after.undoTo ?? '');
          return byPerson && !meant ? `${after.id} was undone, and nobody named it` : undefined;
        }
        case 'died':
          instances(seen.instance).leaving = null;
          return undefined;
        case 'stepped': {
          const it = instances(seen.instance);
          const { phase } = seen.state;
          const leaving = phase.at === 'returning' ? phase.from : null;
          const began = leaving !== null && leaving !== it.leaving;
          it.leaving = leaving;
          if (!began || seen.undid === null || seen.undid === leaving) return undefined;
          return `${seen.instance} leaves ${short(leaving)} at an undo of ${short(seen.undid)}`;
        }
        default:
          return undefined;
      }
    },
  };
}
