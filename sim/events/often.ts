import type { Chance } from '../chance.ts';
import type { World } from '../world.ts';

/** What chance seldom brings at the right moment. */
const kinds = {
  undone_here: ({ servers }, chance) => chance.pickOf([...servers.values()])?.undoHere(),
  /** What is in force is undone at an instance, and the store is put back to when it knew nothing of it. */
  undo_forgotten: ({ clock, restoreLater, servers, store }, chance, end) => {
    const inForce = store.rollouts.get(store.current ?? '')?.state.hash;
    const server = chance.pickOf([...servers.values()].filter(({ live }) => live?.hash === inForce));
    if (inForce === undefined || server === undefined) return;
    restoreLater(chance.between(2_000, 10_000), () => clock.now < end);
    server.undoHere();
  },
  machine_replaced: ({ servers }, chance) => chance.pickOf([...servers.values()])?.replaceMachine(),
  store_put_back: ({ clock, restoreLater }, chance, end) =>
    restoreLater(chance.between(1_000, 10_000), () => clock.now < end),
} as const satisfies Record<string, (world: World, chance: Chance, end: number) => void>;
export type Often = keyof typeof kinds;

const EVERY_MS = 7_000;

/** Brings it again and again, until the safety phase ends: for a fault that hardly shows otherwise. */
export function bring(what: Often, world: World, chance: Chance, safetyMs: number): void {
  const { clock } = world;
  const end = clock.now + safetyMs;

  function next(): void {
    clock.after(chance.wait(EVERY_MS), () => {
      if (clock.now >= end) return;
      kinds[what](world, chance, end);
      next();
    });
  }
  next();
}
