import { LRUCache } from 'lru-cache';
import type { DeliverySettings } from '../settings.ts';

export type ShareLimits = Pick<DeliverySettings, 'maxConcurrent' | 'maxConcurrentPerHost'>;

/** How many callbacks of a host may be claimed now. */
export interface Allotment {
  host: string;
  take: number;
}

/** What a host's last attempt said of it; a host without a standing is new. */
export type Standing = 'responsive' | 'suspect';

/** Slots of a host that has answered for the first time; each further quick answer earns one more. */
const FIRST_SHARE = 8;
/** Hosts whose standing is remembered; one that is forgotten is new again. */
const MAX_REMEMBERED_HOSTS = 10_000;

/**
 * Who may use the slots of this process. A host is responsive when its last attempt ended quickly with an
 * answer, suspect when it did not (hung, slow, unreachable), and new before its first. A responsive host may
 * use 8 slots and one more for each attempt that it answered since, up to `maxConcurrentPerHost`: a process
 * that is short of time needs many at once to keep up with a receiver that is not. Any other host may use 1;
 * the suspect together a quarter of all slots, and with the new ones half. So however many receivers hang,
 * half of the slots is left to those that answer, and a newcomer does not queue behind the hung. What does
 * not fit stays in the database. Standings are in memory alone: a restarted worker learns them with each
 * host's first callback.
 */
export class Shares {
  readonly #inFlight = new Map<string, number>();
  /** Slots that a responsive host has earned; 0: it is suspect. */
  readonly #earned = new LRUCache<string, number>({ max: MAX_REMEMBERED_HOSTS });
  #total = 0;

  answers(host: string): boolean {
    return this.#standing(host) === 'responsive';
  }

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
      const standing = this.#standing(host);
      const room = [free, this.share(host, limits) - (this.#inFlight.get(host) ?? 0)];
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

  /**
   * Whether a claimed callback of this host may begin now; `allot` decided on the standings, this looks at
   * the slots alone.
   */
  mayBegin(host: string, limits: ShareLimits): boolean {
    return this.free(limits) > 0 && (this.#inFlight.get(host) ?? 0) < this.share(host, limits);
  }

  /** Slots that this host may use at once. */
  share(host: string, { maxConcurrentPerHost }: ShareLimits): number {
    return Math.max(1, Math.min(this.#earned.get(host) ?? 1, maxConcurrentPerHost));
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
    const earned = this.#earned.get(host) ?? 0;
    this.#earned.set(host, standing === 'suspect' ? 0 : earned === 0 ? FIRST_SHARE : earned + 1);
  }

  #standing(host: string): Standing | undefined {
    const earned = this.#earned.get(host);
    if (earned === undefined) return undefined;
    return earned > 0 ? 'responsive' : 'suspect';
  }

  #usedByUnproved(): { unproved: number; suspect: number } {
    let unproved = 0;
    let suspect = 0;
    for (const [host, inFlight] of this.#inFlight) {
      const standing = this.#standing(host);
      if (standing !== 'responsive') unproved += inFlight;
      if (standing === 'suspect') suspect += inFlight;
    }
    return { unproved, suspect };
  }
}
