import type { RolloutPolicy } from '../machine/state.ts';
import { shortWay } from './short-way.ts';

/** Longer than a crash, a silence, a stall or three failed probes take to be seen. */
const FIRST_MS = 3_000;
const ALL_MS = 5_000;

/**
 * The way of a change of the rules alone, of what says how changes travel. It must be open under every
 * policy, or one that nothing can pass could not be repaired. Instances do not read the rules, so their
 * outcomes are no evidence about them, and are not waited for: the short way. What guards it is people: as
 * many as the policy in force asks for, their confirmations, freezes.
 *
 * Where it asks for more people than there are, all there are. `approvers`: how many could approve this
 * change, its author not counted. `usual`: control's own policy, which asks for as many as the instances of
 * its installation insist on; it holds where the policy in force asks for fewer, and its times where the
 * policy's are shorter.
 */
export function rulesPolicy(inForce: RolloutPolicy, usual: RolloutPolicy, approvers: number): RolloutPolicy {
  const wanted = Math.max(inForce.people, usual.people);
  const least = Math.min(inForce.people, usual.people);
  const short = shortWay(usual, { firstMs: FIRST_MS, allMs: ALL_MS, takeMs: inForce.takeMs });
  return {
    ...short,
    people: Math.max(least, Math.min(wanted, approvers)),
    confirmWaves: inForce.confirmWaves,
    testMs: Math.max(short.testMs, inForce.testMs),
    patienceMs: Math.max(usual.patienceMs, inForce.patienceMs),
  };
}
