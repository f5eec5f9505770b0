import { LRUCache } from 'lru-cache';
import type { Deadline } from '../../platform/deadline.ts';
import type { ClaimedCallback } from '../outbox/claims.ts';
import type { Allotment, ShareLimits, Shares } from './shares.ts';

/** A receiver is claimed for as far ahead as it answers within this. */
const AHEAD_MS = 250;
/** … and by no more than this many times its slots. */
const MAX_TURNS = 8;
/**
 * What this process writes itself may wait so many times as long: it is claimed for longer, and what has no
 * place here is written, found, claimed and read back.
 */
const WRITTEN_HERE = 4;
/** Weight of the newest attempt in the mean. */
const NEWEST = 0.1;
const MAX_REMEMBERED_HOSTS = 10_000;

interface Waiting {
  callback: ClaimedCallback;
  startBy: Deadline;
}

/**
 * Callbacks that were claimed before they had a slot, so that a slot that gets free has work at once: finding
 * and claiming the next one takes as long as sending it, and under load several times as long. Only hosts
 * that answer are claimed for ahead, by what they answer in a quarter of a second; all together by
 * `maxConcurrent`; four times as much where callbacks are claimed by being written. What cannot begin in
 * time, or whose host has stopped answering, is handed back by `takeLate` and `takeAll`: its claim is to be
 * given up.
 */
export class Ahead {
  /** Hosts that something waits for, in turn. */
  readonly #lines = new Map<string, Waiting[]>();
  /** How long an attempt at a host takes, in milliseconds. */
  readonly #means = new LRUCache<string, number>({ max: MAX_REMEMBERED_HOSTS });
  /** Places of callbacks that are being written here, by host. */
  readonly #promised = new Map<string, number>();
  readonly #shares: Pick<Shares, 'allot' | 'answers' | 'share'>;
  #total = 0;

  constructor(shares: Pick<Shares, 'allot' | 'answers' | 'share'>) {
    this.#shares = shares;
  }

  /**
   * How many of each host to claim: what its slots allow, less what waits already, and what may be claimed
   * ahead.
   */
  allot(hosts: readonly string[], limits: ShareLimits): Allotment[] {
    const slots = new Map(this.#shares.allot(hosts, limits).map(({ host, take }) => [host, take]));
    const each = Math.floor((limits.maxConcurrent - this.#total) / Math.max(1, hosts.length));
    return hosts.flatMap((host): Allotment[] => {
      const waiting = this.#waiting(host);
      // Few claims of many, instead of one for each slot that gets free.
      const ahead = this.runsLow(host, limits) ? this.#most(host, limits) - waiting : 0;
      const take = Math.max(0, (slots.get(host) ?? 0) - waiting) + Math.max(0, Math.min(each, ahead));
      return take > 0 ? [{ host, take }] : [];
    });
  }

  /** Whether at most half of what may wait for this host does. */
  runsLow(host: string, limits: ShareLimits): boolean {
    return this.#waiting(host) <= this.#most(host, limits) / 2;
  }

  /** A place for a callback that will be claimed by being written; false: there is none. */
  promise(host: string, limits: ShareLimits): boolean {
    if (this.#total >= WRITTEN_HERE * limits.maxConcurrent) return false;
    if (this.#waiting(host) >= WRITTEN_HERE * this.#most(host, limits)) return false;
    this.#promised.set(host, (this.#promised.get(host) ?? 0) + 1);
    this.#total += 1;
    return true;
  }

  /** The place is used now, or not needed. */
  redeem(host: string): void {
    const left = (this.#promised.get(host) ?? 0) - 1;
    if (left > 0) this.#promised.set(host, left);
    else this.#promised.delete(host);
    this.#total -= 1;
  }

  add(callback: ClaimedCallback, startBy: Deadline): void {
    const line = this.#lines.get(callback.host);
    if (line === undefined) this.#lines.set(callback.host, [{ callback, startBy }]);
    else line.push({ callback, startBy });
    this.#total += 1;
  }

  /** The next that may begin, one host after the other. */
  next(mayBegin: (host: string) => boolean): ClaimedCallback | undefined {
    for (const [host, line] of this.#lines) {
      if (!mayBegin(host)) continue;
      const first = line.shift();
      this.#lines.delete(host);
      if (line.length > 0) this.#lines.set(host, line);
      if (first === undefined) continue;
      this.#total -= 1;
      return first.callback;
    }
    return undefined;
  }

  /** An attempt at this host took so long. */
  took(host: string, ms: number): void {
    const mean = this.#means.get(host) ?? AHEAD_MS;
    this.#means.set(host, mean + (ms - mean) * NEWEST);
  }

  /** Those that waited too long for their claim to last; those that may still begin stay. */
  takeLate(): ClaimedCallback[] {
    const late: ClaimedCallback[] = [];
    for (const [host, line] of this.#lines) {
      // The oldest claim stands first.
      const kept = line.findIndex(({ startBy }) => !startBy.passed);
      const passed = line.splice(0, kept === -1 ? line.length : kept);
      late.push(...passed.map(({ callback }) => callback));
      if (line.length === 0) this.#lines.delete(host);
    }
    this.#total -= late.length;
    return late;
  }

  /** All that wait; for `host` alone when it is given. */
  takeAll(host?: string): ClaimedCallback[] {
    const hosts = host === undefined ? [...this.#lines.keys()] : [host];
    const all = hosts.flatMap((each) => this.#lines.get(each) ?? []).map(({ callback }) => callback);
    for (const each of hosts) this.#lines.delete(each);
    this.#total -= all.length;
    return all;
  }

  #waiting(host: string): number {
    return (this.#lines.get(host)?.length ?? 0) + (this.#promised.get(host) ?? 0);
  }

  #most(host: string, limits: ShareLimits): number {
    if (!this.#shares.answers(host)) return 0;
    const ms = Math.max(1, this.#means.get(host) ?? AHEAD_MS);
    return Math.floor(this.#shares.share(host, limits) * Math.min(MAX_TURNS, AHEAD_MS / ms));
  }
}
