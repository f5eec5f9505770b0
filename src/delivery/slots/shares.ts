import { LRUCache } from 'lru-cache';
import type { DeliverySettings } from '../settings.ts';
import { HostLimit, type Took } from './limit.ts';

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
 * Who may use the slots of this process. A host is responsive when its last attempt ended quickly with an
 * answer, suspect when it did not (hung, slow, unreachable), and new before its first. A responsive host may
 * use what its answers allow (`HostLimit`), up to `maxConcurrentPerHost`. Any other host may use 1; the
 * suspect together a quarter of all slots, and with the new ones half. So however many receivers hang, half
 * of the slots is left to those that answer, and a newcomer does not queue behind the hung. What does not fit
 * stays in the database. Standings are in memory alone: a restarted worker learns them with each host's
 * first callback.
 */
export class Shares {
  readonly #inFlight = new Map<string, number>();
  readonly #known = new LRUCache<string, HostLimit | 'suspect'>({ max: MAX_REMEMBERED_HOSTS });
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
    const known = this.#known.get(host);
    return known instanceof HostLimit ? Math.min(known.slots, maxConcurrentPerHost) : 1;
  }

  take(host: string): void {
    this.#inFlight.set(host, (this.#inFlight.get(host) ?? 0) + 1);
    this.#total += 1;
  }

  /** `took`: of an answer; `undefined`: how long it took says nothing of the host. */
  giveBack(host: string, standing: Standing, took?: Took): void {
    const inFlight = this.#inFlight.get(host) ?? 0;
    if (inFlight > 1) this.#inFlight.set(host, inFlight - 1);
    else this.#inFlight.delete(host);
    this.#total -= 1;
    const known = this.#known.get(host);
    if (standing === 'suspect') this.#known.set(host, 'suspect');
    else if (!(known instanceof HostLimit)) this.#known.set(host, new HostLimit());
    else known.answered(inFlight, took);
  }

  #standing(host: string): Standing | undefined {
    const known = this.#known.get(host);
    return known instanceof HostLimit ? 'responsive' : known;
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
