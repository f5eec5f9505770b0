import { isFinished } from '../../src/rollout/machine/phases.ts';
import type { Chance } from '../chance.ts';
import type { World } from '../world.ts';
import { type Behaviour, behaviours } from './behaviour.ts';

const EVERY_MS = 8_000;
/** How long people look at an alarm before they undo. */
const LOOK_MS = { least: 12_000, most: 40_000 };

const { good } = behaviours;
const harms: readonly [Behaviour, ...Behaviour[]] = [
  { ...good, outcome: () => 'error' },
  { ...good, outcome: () => 'deadline' },
  // Only in use, where no probe looks.
  { ...good, outcome: (chance, age, probe) => (probe ? good.outcome(chance, age, probe) : 'error') },
  { ...good, outcome: (chance, age, probe) => (probe ? 'error' : good.outcome(chance, age, probe)) },
];

/**
 * Releases that turn bad after their proof, as when what they name stops answering; people undo them some
 * time after.
 */
export function turnBadLate(world: World, chance: Chance, safetyMs: number): void {
  const { clock, store } = world;
  const end = clock.now + safetyMs;
  const later = (ms: number, happen: () => void) => clock.after(ms, () => clock.now < end && happen());

  function next(): void {
    later(chance.wait(EVERY_MS), () => {
      const inForce = store.rollouts.get(store.current ?? '');
      const open = [...store.rollouts.values()].some(({ state }) => !isFinished(state.phase.at));
      // Beside one that fails everything, anything would be proved.
      if (inForce === undefined || inForce.number === 0 || open || world.spoiled) return next();
      world.spoil(inForce.state, chance.pick(harms));
      later(chance.between(LOOK_MS.least, LOOK_MS.most), () => {
        world.undo(inForce.state.id);
        next();
      });
      return undefined;
    });
  }
  later(8_000, next);
}
