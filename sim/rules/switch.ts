import { short } from '../seen.ts';
import type { Rule, Setup } from './rule.ts';

/** From the push: a receipt of testing, one instance, then all. */
const IN_FORCE_MS = 15_000;

/**
 * What only switches a product off is in force in seconds, whatever else waits: approvals, freezes, other
 * changes.
 */
export function switchRule({ members }: Setup): Rule {
  const target = members
    .filter(({ environment }) => environment === 'production')
    .map(({ instance }) => instance);
  const live = new Map<string, string | null>();
  let pulled: { rollout: string; hash: string; at: number } | undefined;
  /** Where something is broken as well, it takes as long as that does. */
  let broken = false;
  return {
    id: 'switch',
    demands: `what only switches a product off is off everywhere within ${IN_FORCE_MS / 1_000} s, where nothing is broken`,
    look(seen, now) {
      switch (seen.type) {
        case 'serves':
          live.set(seen.instance, seen.hash);
          if (target.every((instance) => live.get(instance) === pulled?.hash)) pulled = undefined;
          return undefined;
        case 'receipt_signed':
          // A payment fails now and then, whatever the release.
          if (seen.receipt.verdict === 'failed') broken = true;
          return undefined;
        case 'release':
          if (!seen.switches) broken ||= seen.name !== 'good' && !seen.name.match(/^(refuses|delivers)/);
          else pulled = { rollout: seen.rollout, hash: seen.release.hash, at: now };
          return undefined;
        case 'chaos':
        case 'lies':
        case 'died':
        case 'stopped_moving':
        case 'undo_here':
        case 'undo_ordered':
          broken = true;
          return undefined;
        case 'tick': {
          if (pulled === undefined || broken || now - pulled.at < IN_FORCE_MS) return undefined;
          const { rollout, hash } = pulled;
          pulled = undefined;
          const late = target.find((instance) => live.get(instance) !== hash);
          return (
            late &&
            `${late} serves ${short(live.get(late) ?? null)} ${IN_FORCE_MS} ms after ${rollout} switched a product off`
          );
        }
        default:
          return undefined;
      }
    },
  };
}
