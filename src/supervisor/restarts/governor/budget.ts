import { isInHand, type Sight, type Target } from './restart.ts';

/**
 * How many instances of a pool may be away at once. One always may: a pool of one could not be restarted
 * otherwise.
 */
export function allowedAway(size: number, share: number): number {
  return Math.max(1, Math.floor(size * share));
}

/**
 * The budgets of all pools at one moment. Away is what does not serve, for whatever cause, and what is being
 * restarted.
 */
export class Budget {
  readonly #room = new Map<string, number>();
  readonly #away: Set<string>;

  constructor(fleet: readonly Sight[], targets: readonly Target[], share: number) {
    this.#away = new Set(targets.filter(isInHand).map(({ name }) => name));
    for (const { name, state } of fleet) if (state !== 'serving') this.#away.add(name);
    for (const [pool, members] of Map.groupBy(fleet, (one) => one.pool)) {
      const away = members.filter(({ name }) => this.#away.has(name)).length;
      this.#room.set(pool, allowedAway(members.length, share) - away);
    }
  }

  /** Takes an instance away if the budget of its pool has room; one that is away already costs nothing. */
  take({ name, pool }: Pick<Target, 'name' | 'pool'>): boolean {
    if (this.#away.has(name)) return true;
    const room = this.#room.get(pool) ?? 0;
    if (room < 1) return false;
    this.#room.set(pool, room - 1);
    this.#away.add(name);
    return true;
  }
}
