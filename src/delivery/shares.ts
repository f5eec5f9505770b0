import { LRUCache } from 'lru-cache';
import type { DeliverySettings } from './types.ts';

export type ShareLimits = Pick<DeliverySettings, 'maxConcurrent' | 'maxConcurrentPerHost'>;

/** How many callbacks of a host may be claimed now. */
export interface Allotment {
  host: string;
  take: number;
}

/** Hosts remembered as responsive; one that is forgotten earns it again with its next callback. */
const MAX_REMEMBERED_HOSTS = 10_000;

/**
 * Who may use the slots of this process. A host is responsive when its last attempt ended quickly with an answer;
 * it may use `maxConcurrentPerHost` slots. Any other (new, hung, slow, unreachable) may use 1, and all of those together half
 * of the slots: however many receivers hang, half of the slots is left to those that answer. What does not fit stays
 * in the database. In memory alone: a restarted worker knows nobody, and learns with each host's first callback.
 */
export class Shares {
  readonly #inFlight = new Map<string, number>();
  readonly #responsive = new LRUCache<string, true>({ max: MAX_REMEMBERED_HOSTS });
  #total = 0;

  /** Slots that are free. */
  free({ maxConcurrent }: ShareLimits): number {
    return Math.max(0, maxConcurrent - this.#total);
  }

  /** What each of `hosts` may take now, those that may take nothing left out; earlier ones choose first. */
  allot(hosts: readonly string[], limits: ShareLimits): Allotment[] {
    let free = this.free(limits);
    let unproved = Math.ceil(limits.maxConcurrent / 2) - this.#unprovedInFlight();
    const allotments: Allotment[] = [];
    for (const host of hosts) {
      const responsive = this.#responsive.has(host);
      const share = responsive ? limits.maxConcurrentPerHost : 1;
      const room = share - (this.#inFlight.get(host) ?? 0);
      const take = Math.min(room, free, responsive ? free : unproved);
      if (take <= 0) continue;
      allotments.push({ host, take });
      free -= take;
      if (!responsive) unproved -= take;
    }
    return allotments;
  }

  take(host: string): void {
    this.#inFlight.set(host, (this.#inFlight.get(host) ?? 0) + 1);
    this.#total += 1;
  }

  giveBack(host: string, responsive: boolean): void {
    const left = (this.#inFlight.get(host) ?? 0) - 1;
    if (left > 0) this.#inFlight.set(host, left);
    else this.#inFlight.delete(host);
    this.#total -= 1;
    if (responsive) this.#responsive.set(host, true);
    else this.#responsive.delete(host);
  }

  #unprovedInFlight(): number {
    let count = 0;
    for (const [host, inFlight] of this.#inFlight) {
      if (!this.#responsive.has(host)) count += inFlight;
    }
    return count;
  }
}
