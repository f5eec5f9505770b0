import { isFinished } from '../../src/rollout/machine/phases.ts';
import type { Chance } from '../chance.ts';
import type { World } from '../world.ts';
import { feltOnly } from './behaviour.ts';

const EVERY_MS = 20_000;

/** Releases that no error shows, and the switch of a product that is pulled, whatever else is on its way. */
export function feel(world: World, chance: Chance, safetyMs: number): void {
  const { clock, store } = world;
  const end = clock.now + safetyMs;
  const later = (ms: number, happen: () => void) => clock.after(ms, () => clock.now < end && happen());

  function push(): void {
    const open = [...store.rollouts.values()].some(({ state }) => !isFinished(state.phase.at));
    if (open || store.away) return;
    const rollout = world.push(chance.pickOf(feltOnly) ?? feltOnly[0], false);
    for (const person of ['amina', 'baraka'])
      later(chance.between(500, 4_000), () => world.approve(rollout, person, false));
  }

  function next(): void {
    later(chance.wait(EVERY_MS), () => {
      if (chance.happens(0.4)) world.switchOff();
      else push();
      next();
    });
  }
  later(8_000, next);
}
