import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../platform/clock.ts';
import { openDatabase } from '../platform/database/database.ts';
import { type Deadline, DeadlineExceeded, within } from '../platform/deadline.ts';
import type { Log } from '../platform/log.ts';
import { gathered } from '../platform/loop/gather.ts';
import { findBalances, insertAccounts } from './accounts.ts';
import { EntryQueue } from './batch/entry-queue.ts';
import { Known } from './batch/known.ts';
import { Lane } from './batch/lane.ts';
import { WaitingEntry } from './batch/waiting-entry.ts';
import type { AccountId, Balance, Entry, NewAccount, Verdict } from './types.ts';
import { assertWellFormed } from './well-formed.ts';

export interface BooksOptions {
  /** `postgres://…`, with the schema of `migrations/`. */
  url: string;
  clock: Clock;
  log: Log;
  /** Connections that commit batches side by side. */
  lanes?: number;
  /** Most transfers in a batch; an entry more may exceed it. */
  maxBatch?: number;
  /** Most entries that wait for a lane. */
  maxQueued?: number;
}

export interface Books {
  /**
   * Posts the entry: durable when the verdict is there. Rejects with `BooksOverloaded` when it was refused at
   * once (nothing was posted), with `DeadlineExceeded` when the deadline passed first (unknown: post the same
   * ids again to learn), with another error for a bug in the entry or its companions (nothing was posted).
   */
  post(entry: Entry, deadline: Deadline): Promise<Verdict>;
  /** Opens those that are not open yet; the terms of one that exists stay as they are. */
  openAccounts(accounts: readonly NewAccount[], deadline: Deadline): Promise<void>;
  balance(id: AccountId, deadline: Deadline): Promise<Balance | undefined>;
  /** Of those accounts that are open, as they stood at one moment. */
  balances(ids: readonly AccountId[], deadline: Deadline): Promise<ReadonlyMap<AccountId, Balance>>;
  /** For metrics: what waits now, and totals since the start. */
  stats(): BooksStats;
  /** Takes no more entries, finishes those it has until the deadline, then closes its connections. */
  close(deadline: Deadline): Promise<void>;
}

export interface BooksStats {
  queued: number;
  batches: number;
  entries: number;
  /** Batches that had to be run again. */
  reruns: number;
  refused: number;
}

/**
 * The entry was not taken: the queue is full, or would not reach it before its deadline. Nothing was posted.
 */
export class BooksOverloaded extends Error {
  readonly code = 'BOOKS_OVERLOADED';

  constructor(why: string) {
    super(`the books refuse an entry: ${why}`);
    this.name = 'BooksOverloaded';
  }
}

/**
 * Deadlines of callers are looked at this often. One timer for all: a timer an entry would cost more than the
 * entry.
 */
const LOOK_MS = 20;

/** Opens the books on a database. Connections are made when they are needed, and again when they are lost. */
export function openBooks(options: BooksOptions): Books {
  return new Batcher(options);
}

/**
 * Natural batching: a lane takes what queued while its last batch was under way, so a batch is as large as
 * the load and nobody waits for a timer.
 */
class Batcher implements Books {
  readonly #known = new Known();
  readonly #lanes: Lane[];
  readonly #reads: ReturnType<typeof openDatabase>;
  /** However many customers pay for the first time at once: a query each would wait for a connection each. */
  readonly #balanceOf = gathered((ids: readonly AccountId[]) => findBalances(this.#reads, ids));
  readonly #maxBatch: number;
  readonly #maxQueued: number;
  readonly #queue: EntryQueue;
  /** Entries with their lanes. */
  readonly #underWay = new Set<readonly WaitingEntry[]>();
  readonly #idle: (() => void)[] = [];
  readonly #running: Promise<void>[];
  #look: NodeJS.Timeout | undefined;
  /**
   * Milliseconds of one lane an entry takes when there are many, averaged over the last large batches; 0
   * until one.
   */
  #entryMs = 0;
  #closing = false;
  #batches = 0;
  #entries = 0;
  #refused = 0;

  constructor({ url, clock, log, lanes = 2, maxBatch = 1_000, maxQueued = 10_000 }: BooksOptions) {
    this.#lanes = Array.from({ length: lanes }, () => new Lane({ url, clock, log, known: this.#known }));
    this.#reads = openDatabase({
      url,
      name: 'imara-books-reads',
      maxConnections: 2,
      plansOnce: true,
    });
    this.#maxBatch = maxBatch;
    this.#queue = new EntryQueue(this.#known, maxBatch);
    this.#maxQueued = maxQueued;
    this.#running = this.#lanes.map((lane) => this.#run(lane));
  }

  post(entry: Entry, deadline: Deadline): Promise<Verdict> {
    assertWellFormed(entry);
    const remainingMs = deadline.remainingMs();
    const refusal = this.#refusal(remainingMs);
    if (refusal !== undefined) {
      this.#refused += 1;
      return Promise.reject(new BooksOverloaded(refusal));
    }
    return new Promise((resolve, reject) => {
      this.#queue.add(new WaitingEntry(entry, performance.now() + remainingMs, resolve, reject));
      this.#look ??= setInterval(() => this.#expire(), LOOK_MS);
      if (!this.#queue.blocked) this.#idle.pop()?.();
    });
  }

  openAccounts(accounts: readonly NewAccount[], deadline: Deadline): Promise<void> {
    return within(deadline, 'opening accounts', () => insertAccounts(this.#reads, accounts));
  }

  balance(id: AccountId, deadline: Deadline): Promise<Balance | undefined> {
    return within(deadline, 'reading a balance', () => this.#balanceOf(id));
  }

  balances(ids: readonly AccountId[], deadline: Deadline): Promise<ReadonlyMap<AccountId, Balance>> {
    // Asked in one turn, they are in one query: as they stood at one moment.
    return within(deadline, 'reading balances', async () => {
      const found = await Promise.all(ids.map(async (id) => [id, await this.#balanceOf(id)] as const));
      return new Map(found.flatMap(([id, balance]) => (balance === undefined ? [] : [[id, balance]])));
    });
  }

  stats(): BooksStats {
    return {
      queued: this.#queue.length,
      batches: this.#batches,
      entries: this.#entries,
      reruns: this.#lanes.reduce((sum, { reruns }) => sum + reruns, 0),
      refused: this.#refused,
    };
  }

  async close(deadline: Deadline): Promise<void> {
    this.#closing = true;
    this.#wakeAll();
    const finished = within(deadline, 'closing the books', () => Promise.all(this.#running));
    await finished.catch(() => this.#failAll(new DeadlineExceeded('closing the books')));
    clearInterval(this.#look);
    for (const lane of this.#lanes) lane.close();
    await this.#reads.end();
  }

  #refusal(remainingMs: number): string | undefined {
    if (this.#closing) return 'they are closing';
    const { length } = this.#queue;
    if (length >= this.#maxQueued) return `${length} wait already`;
    const waitMs = (length * this.#entryMs) / this.#lanes.length;
    if (remainingMs === 0 || waitMs > remainingMs) {
      return `${length} wait already, about ${Math.ceil(waitMs)} ms; ${Math.floor(remainingMs)} ms remain`;
    }
    return undefined;
  }

  async #run(lane: Lane): Promise<void> {
    for (;;) {
      const batch = this.#queue.take();
      const { entries } = batch;
      if (entries.length === 0) {
        if (this.#closing && this.#queue.length === 0) return;
        await new Promise<void>((resolve) => this.#idle.push(resolve));
        // Entries that arrive in this turn of the loop belong to one batch.
        await nextTurn();
        continue;
      }
      const startedMs = performance.now();
      this.#underWay.add(entries);
      await lane.commit(entries);
      this.#underWay.delete(entries);
      this.#queue.giveBack(batch);
      if (this.#queue.blocked || this.#closing) this.#wakeAll();
      this.#measure((performance.now() - startedMs) / entries.length, entries.length);
      this.#batches += 1;
      this.#entries += entries.length;
    }
  }

  /** A small batch says nothing about a long queue: its time is that of its round trips. */
  #measure(entryMs: number, entries: number): void {
    if (entries < this.#maxBatch / 4) return;
    this.#entryMs = this.#entryMs === 0 ? entryMs : 0.8 * this.#entryMs + 0.2 * entryMs;
  }

  #wakeAll(): void {
    this.#queue.blocked = false;
    for (const wake of this.#idle.splice(0)) wake();
  }

  /**
   * Tells the callers whose deadline passed. An entry that is in a batch may yet commit; one that queues is
   * dropped.
   */
  #expire(): void {
    const now = performance.now();
    for (const items of [this.#queue, ...this.#underWay]) {
      for (const item of items) {
        if (!item.settled && item.endsAtMs <= now) item.fail(new DeadlineExceeded('posting to the books'));
      }
    }
    this.#queue.dropSettled();
    if (this.#queue.length === 0 && this.#underWay.size === 0) {
      clearInterval(this.#look);
      this.#look = undefined;
    }
  }

  #failAll(error: Error): void {
    for (const items of [this.#queue, ...this.#underWay]) {
      for (const item of items) if (!item.settled) item.fail(error);
    }
  }
}
