import { exponential, poisson, random } from '../src/rollout/gate/testdata/random.ts';

/** Everything that is left to chance in a run, out of one seed. */
export interface Chance {
  /** True with this probability. */
  happens(probability: number): boolean;
  between(low: number, high: number): number;
  whole(low: number, high: number): number;
  /** How often something that comes at this mean came. */
  count(mean: number): number;
  /** Mostly short, now and then long. */
  wait(mean: number): number;
  pick<const Item>(items: readonly [Item, ...Item[]]): Item;
  pickOf<Item>(items: readonly Item[]): Item | undefined;
}

export function createChance(seed: number): Chance {
  const next = random(seed);
  return {
    happens: (probability) => next() < probability,
    between: (low, high) => low + next() * (high - low),
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    count: (mean) => poisson(next, mean),
    wait: (mean) => exponential(next, 1 / mean),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    pickOf: (items) => items[Math.floor(next() * items.length)],
  };
}
