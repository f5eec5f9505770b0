import type { RolloutPolicy } from '../machine/state.ts';
import { shortWay } from './short-way.ts';

const FIRST_MS = 500;
const ALL_MS = 1_000;
/** An instance that has not taken it by then keeps nobody waiting, and is offered it again and again. */
export const SWITCH_LATE_MS = 10_000;

/**
 * The way of a change that only switches something off: the short way, and nobody's approval, no freeze and
 * no confirmation. What it does (it refuses) is what the statistics count. Facts undo it as they undo any
 * release.
 */
export function switchPolicy(policy: RolloutPolicy): RolloutPolicy {
  const short = shortWay(policy, { firstMs: FIRST_MS, allMs: ALL_MS, takeMs: 2 * SWITCH_LATE_MS });
  return { ...short, people: 0, confirmWaves: false };
}
