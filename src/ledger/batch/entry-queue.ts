import type { AccountId } from '../types.ts';
import type { Known } from './known.ts';
import type { WaitingEntry } from './waiting-entry.ts';

/** What a lane takes at once, and the accounts that it has until it gives them back. */
export interface TakenBatch {
  readonly entries: readonly WaitingEntry[];
  readonly claims: ReadonlySet<AccountId>;
}

/**
 * The entries that wait for a lane, in the order in which they came. Owns which accounts are with which lane:
 * an account is with one lane at a time, so that lanes do not overtake each other. It must never let an entry
 * be overtaken for ever.
 */
export class EntryQueue {
  readonly #known: Known;
  readonly #maxBatch: number;
  readonly #claimed = new Set<AccountId>();
  #waiting: WaitingEntry[] = [];
  /** All that waits, waits for a lane to give accounts back: a new entry need not wake a lane. */
  blocked = false;

  constructor(known: Known, maxBatch: number) {
    this.#known = known;
    this.#maxBatch = maxBatch;
  }

  get length(): number {
    return this.#waiting.length;
  }

  [Symbol.iterator](): Iterator<WaitingEntry> {
    return this.#waiting[Symbol.iterator]();
  }

  add(entry: WaitingEntry): void {
    this.#waiting.push(entry);
  }

  /** Leaves out those whose caller has an answer. */
  dropSettled(): void {
    this.#waiting = this.#waiting.filter(({ settled }) => !settled);
  }

  giveBack({ claims }: TakenBatch): void {
    for (const id of claims) this.#claimed.delete(id);
  }

  /**
   * The next batch of a lane, its accounts claimed. An entry whose accounts are with another lane stays, and
   * so do later ones that share an account with it: none is overtaken for ever.
   */
  take(): TakenBatch {
    const claims = new Set<AccountId>();
    const entries: WaitingEntry[] = [];
    const staying: WaitingEntry[] = [];
    const held = new Set<AccountId>();
    let transfers = 0;
    let seen = 0;
    for (const item of this.#waiting) {
      if (transfers >= this.#maxBatch || entries.length >= this.#maxBatch || staying.length >= this.#maxBatch)
        break;
      seen += 1;
      const accounts = [...this.#known.accountsOf(item.entry)];
      if (accounts.some((id) => this.#claimed.has(id) || held.has(id))) {
        staying.push(item);
        for (const id of accounts) held.add(id);
        continue;
      }
      entries.push(item);
      for (const id of accounts) claims.add(id);
      transfers += item.entry.transfers.length;
    }
    this.#waiting.splice(0, seen, ...staying);
    for (const id of claims) this.#claimed.add(id);
    this.blocked = entries.length === 0 && staying.length > 0;
    return { entries, claims };
  }
}
