import { LRUCache } from 'lru-cache';
import type { DeliverySettings } from './types.ts';

export type ShareLimits = Pick<DeliverySettings, 'maxConcurrent' | 'maxConcurrentPerHost'>;

/** How many callbacks of a host may be claimed now. */
export interface Allotment {
  host: string;
  take: number;
}

/** What a host's last attempt said of it; a host without a standing is new. */
export type Standing = 'responsive' | 'suspect';

/** Hosts whose standing is remembered; one that is forgotten is new again. */
const MAX_REMEMBERED_HOSTS = 10_000;

/**
 * Who may use the slots of this process. A host is responsive when its last attempt ended quickly with an answer,
 * suspect when it did not (hung, slow, unreachable), and new before its first. A responsive host may use
 * `maxConcurrentPerHost` slots, any other 1; the suspect together a quarter of all slots, and with the new ones half.
 * So however many receivers hang, half of the slots is left to those that answer, and a newcomer does not queue
 * behind the hung. What does not fit stays in the database. Standings are in memory alone: a restarted worker learns
 * them with each host's first callback.
 */
export class Shares {
  readonly #inFlight = new Map<string, number>();
  readonly #standings = new LRUCache<string, Standing>({ max: MAX_REMEMBERED_HOSTS });
  #total = 0;

  /** Slots that are free. */
  free({ maxConcurrent }: ShareLimits): number {
    return Math.max(0, maxConcurrent - this.#total);
  }

  /** What each of `hosts` may take now, those that may take nothing left out; earlier ones choose first. */
  allot(hosts: readonly string[], limits: ShareLimits): Allotment[] {
    const used = this.#usedByUnproved();
    let free = this.free(limits);
    let freeToUnproved = Math.ceil(limits.maxConcurrent / 2) - used.unproved;
    let freeToSuspects = Math.ceil(limits.maxConcurrent / 4) - used.suspect;
    const allotments: Allotment[] = [];
    for (const host of hosts) {
      const standing = this.#standings.get(host);
      const share = standing === 'responsive' ? limits.maxConcurrentPerHost : 1;
      const room = [free, share - (this.#inFlight.get(host) ?? 0)];
      if (standing !== 'responsive') room.push(freeToUnproved);
      if (standing === 'suspect') room.push(freeToSuspects);
      const take = Math.min(...room);
      if (take <= 0) continue;
      allotments.push({ host, take });
      free -= take;
      if (standing !== 'responsive') freeToUnproved -= take;
      if (standing === 'suspect') freeToSuspects -= take;
    }
    return allotments;
  }

  take(host: string): void {
    this.#inFlight.set(host, (this.#inFlight.get(host) ?? 0) + 1);
    this.#total += 1;
  }

  giveBack(host: string, standing: Standing): void {
    const left = (this.#inFlight.get(host) ?? 0) - 1;
    if (left > 0) this.#inFlight.set(host, left);
    else this.#inFlight.delete(host);
    this.#total -= 1;
    this.#standings.set(host, standing);
  }

  #usedByUnproved(): { unproved: number; suspect: number } {
    let unproved = 0;
    let suspect = 0;
    for (const [host, inFlight] of this.#inFlight) {
      const standing = this.#standings.get(host);
      if (standing !== 'responsive') unproved += inFlight;
      if (standing === 'suspect') suspect += inFlight;
    }
    return { unproved, suspect };
  }
}
