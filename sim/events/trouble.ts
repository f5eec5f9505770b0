import { isBackward } from '../../src/rollout/machine/phases.ts';
import type { Chance } from '../chance.ts';
import type { World } from '../world.ts';

const EVERY_MS = 15_000;
const NOBODYS = `sha256:${'0'.repeat(64)}`;

/**
 * What people do in an incident with the command that takes back: too often, two at once, and while the store
 * hangs.
 */
export function makeTrouble(world: World, chance: Chance, safetyMs: number): void {
  const { clock, store, people, see } = world;
  const end = clock.now + safetyMs;
  const tell = (what: string) => see({ type: 'chaos', what });
  const later = (ms: number, happen: () => void) => clock.after(ms, () => clock.now < end && happen());

  const troubles: readonly (() => void)[] = [
    () => {
      tell('the store hangs, and somebody undoes');
      store.away = true;
      people.undo('amina');
      later(chance.between(4_000, 15_000), () => {
        store.away = false;
        tell('the store goes on');
      });
    },
    () => {
      tell('somebody undoes, and says it again');
      const commands = people.undo('amina');
      for (const command of commands) later(chance.between(0, 20_000), () => people.again(command));
    },
    () => {
      tell('two people undo at once');
      people.undo('amina');
      later(chance.between(0, 2_000), () => people.undo('baraka'));
    },
    () => {
      const all = [...store.rollouts.values()];
      const undone = chance.pickOf(all.filter(({ state }) => isBackward(state.phase.at)))?.state.hash;
      const inForce = store.rollouts.get(store.current ?? '')?.state.hash;
      const wanted = chance.pick([NOBODYS, undone ?? NOBODYS, inForce ?? NOBODYS]);
      tell('somebody undoes to a release that cannot be gone to');
      people.undoTo('amina', wanted);
    },
  ];

  function next(): void {
    later(chance.wait(EVERY_MS), () => {
      chance.pickOf(troubles)?.();
      next();
    });
  }
  later(8_000, next);
}
