import type { WaveCriteria } from '../../src/rollout/gate/verdict.ts';
import { isFinished } from '../../src/rollout/machine/phases.ts';
import type { RolloutPolicy } from '../../src/rollout/machine/state.ts';
import type { Chance } from '../chance.ts';
import { APPROVERS } from '../world/releases.ts';
import type { World } from '../world.ts';

type Change = (usual: RolloutPolicy) => RolloutPolicy;

/** Rules that no release can pass, however good it is. */
const IMPOSSIBLE: readonly [Change, ...Change[]] = [
  (usual) => ({ ...usual, people: 10 }),
  (usual) => withWaves(usual, { minMs: 0, deadlineMs: 1_000 }),
  (usual) => withWaves(usual, { excessBadRate: 0.001, minMs: 0, deadlineMs: 10_000 }),
  (usual) => ({ ...usual, waves: { ...usual.waves, maxFailed: { firstWave: 0, laterWaves: 0 } } }),
];
const POSSIBLE: readonly [Change, ...Change[]] = [
  (usual) => usual,
  (usual) => ({ ...usual, people: 2 }),
  (usual) => ({ ...usual, waves: { ...usual.waves, firstWave: 1_000 } }),
];
const EVERY_MS = 20_000;
/** Longer than a receipt may come from the future, where its clock and another's differ most. */
const LATE_MS = 6_000;
/**
 * A good release may look bad by chance, once in a hundred times. And a leader measures the traffic of the
 * last two minutes.
 */
const TRIES = 3;
/** Payments fail now and then, also in testing, which no rules can help: such a try does not count. */
const MOST_UNLUCKY = 5;
const CALM_MS = 60_000;
/** Longer than all its deadlines, one after another. */
const ENDS_WITHIN_MS = 600_000;

function withWaves(usual: RolloutPolicy, change: Partial<WaveCriteria>): RolloutPolicy {
  const { first, middle, bake, rest } = usual.waves;
  const each = (criteria: WaveCriteria): WaveCriteria => ({ ...criteria, ...change });
  const waves = { first: each(first), middle: each(middle), bake: each(bake), rest: each(rest) };
  return { ...usual, waves: { ...usual.waves, ...waves } };
}

/** Rules that came before there was a check. */
export function impossibleRules(chance: Chance): Change {
  return chance.pick(IMPOSSIBLE);
}

/** People change how changes travel: to what nothing could pass, and to what something can. */
export function changeRules(world: World, chance: Chance, safetyMs: number): void {
  const { clock, store, settings } = world;
  const end = clock.now + safetyMs;
  const usual = settings.control.policy;

  function next(): void {
    const at = clock.now + chance.wait(EVERY_MS);
    clock.at(at, () => {
      if (clock.now >= end) return;
      const open = [...store.rollouts.values()].some(({ state }) => !isFinished(state.phase.at));
      const brought = chance.pick(chance.happens(0.5) ? IMPOSSIBLE : POSSIBLE)(usual);
      const rollout = open || store.away ? undefined : world.pushRules(brought);
      if (rollout !== undefined)
        for (const person of APPROVERS)
          clock.after(chance.between(500, 10_000), () => world.approve(rollout, person, false));
      next();
    });
  }
  next();
}

/**
 * When everything is whole: a change of the rules alone passes, whatever they are; and then any good change
 * does. Returns what does not.
 * `mend`: the rules in force may be those that came before there was a check.
 */
export async function doorOpens(
  world: World,
  mend: boolean,
  broken: () => boolean,
): Promise<string | undefined> {
  if (mend && !(await passes(world, () => world.pushRules(world.settings.control.policy), broken)))
    return 'rules that nothing can pass are in force, and their repair does not pass';
  if (await passes(world, () => world.push('good', false), broken)) return undefined;
  return 'a good change does not pass by the rules in force';
}

async function passes(world: World, push: () => string | undefined, broken: () => boolean): Promise<boolean> {
  const { clock, store } = world;
  let unlucky = 0;
  for (let tries = 0; tries < TRIES + unlucky && !broken(); tries++) {
    const rollout = push();
    if (rollout === undefined) continue;
    // One after the other, so that what does not wait for both is seen.
    for (const [index, person] of APPROVERS.entries())
      clock.after(LATE_MS * (index + 1), () => world.approve(rollout, person, false));
    const at = () => store.rollouts.get(rollout)?.state.phase.at ?? 'draft';
    for (const until = clock.now + ENDS_WITHIN_MS; clock.now < until && !isFinished(at()) && !broken(); ) {
      await clock.run(clock.now + 2_000, broken);
      if (at() === 'waiting') world.confirm(rollout);
    }
    if (at() === 'proved') return true;
    const phase = store.rollouts.get(rollout)?.state.phase;
    const failedInTesting = phase?.at === 'rolled_back' && phase.reason.includes('failed in testing');
    if (failedInTesting && unlucky < MOST_UNLUCKY) unlucky += 1;
    await clock.run(clock.now + CALM_MS, broken);
  }
  return broken();
}
