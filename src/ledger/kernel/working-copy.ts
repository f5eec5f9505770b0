import type { AccountId, TransferId } from '../types.ts';
import type { Decision } from './decision.ts';
import type { Account, Hold, Snapshot, Writes } from './snapshot.ts';

/**
 * What a batch works on: what the database holds, with what the batch has done to it so far. A chain that is
 * refused is taken back, and nothing else is. Owns no decision: `kernel.ts` decides.
 */
export class WorkingCopy {
  readonly #before: Snapshot;
  readonly #accounts = new Map<AccountId, Account>();
  readonly #decided = new Map<TransferId, Decision>();
  readonly #holds = new Map<TransferId, Hold | 'resolved'>();
  readonly #usage = new Map<string, bigint>();
  readonly #consulted = { accounts: new Set<AccountId>(), usage: new Set<string>() };
  /** Takes back what the chain at hand did so far. A transfer alone checks all before it changes anything. */
  #undo: (() => void)[] | undefined;

  constructor(before: Snapshot) {
    this.#before = before;
  }

  /** A chain begins; `rollback` takes back what it did. */
  begin(isChain: boolean): void {
    this.#undo = isChain ? [] : undefined;
  }

  rollback(): void {
    for (const undo of this.#undo?.reverse() ?? []) undo();
  }

  /** A transfer of the chain at hand was applied. */
  apply(decision: Decision): void {
    this.#decided.set(decision.id, decision);
    this.#undo?.push(() => this.#decided.delete(decision.id));
  }

  /** An entry was refused: that stays, whatever becomes of others. */
  refuse(decision: Decision): void {
    this.#decided.set(decision.id, decision);
  }

  /** Notes what a refusal was decided on, or may have been. */
  consultAccount(id: AccountId): void {
    this.#consulted.accounts.add(id);
    this.account(id);
  }

  consultUsage(key: string): void {
    this.#consulted.usage.add(key);
  }

  decision(id: TransferId): Decision | undefined {
    return this.#decided.get(id) ?? this.#before.decisions.get(id);
  }

  account(id: AccountId): Account | undefined {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const stored = this.#before.accounts.get(id);
    if (stored === undefined) return undefined;
    const copy = { ...stored };
    this.#accounts.set(id, copy);
    return copy;
  }

  used(key: string): bigint {
    return this.#usage.get(key) ?? this.#before.usage.get(key) ?? 0n;
  }

  count(keys: string | null, amount: bigint): void {
    if (keys === null) return;
    for (const key of keys.split('\n')) {
      const used = this.used(key);
      this.#usage.set(key, used + amount);
      this.#undo?.push(() => this.#usage.set(key, used));
    }
  }

  /** `undefined`: there was none. */
  hold(id: TransferId): Hold | 'resolved' | undefined {
    return this.#holds.get(id) ?? this.#before.holds.get(id);
  }

  /** As it was before the batch. */
  holdBefore(id: TransferId): Hold | undefined {
    return this.#before.holds.get(id);
  }

  setHold(id: TransferId, hold: Hold | 'resolved'): void {
    const earlier = this.#holds.get(id);
    this.#holds.set(id, hold);
    this.#undo?.push(() => {
      if (earlier === undefined) this.#holds.delete(id);
      else this.#holds.set(id, earlier);
    });
  }

  /** Counts a version on both accounts, after keeping what they were. */
  save(debit: Account, credit: Account): void {
    if (this.#undo !== undefined) {
      const [debitWas, creditWas] = [{ ...debit }, { ...credit }];
      this.#undo.push(() => {
        Object.assign(debit, debitWas);
        Object.assign(credit, creditWas);
      });
    }
    debit.version += 1n;
    credit.version += 1n;
  }

  writes(): Writes {
    const writes: Writes = {
      decisions: [...this.#decided.values()],
      accounts: [],
      holdsOpened: [],
      holdsResolved: [],
      usageChanged: [],
      usageOpened: [],
      consulted: { accounts: [], usage: [] },
    };
    for (const [id, now] of this.#accounts) {
      const was = this.#before.accounts.get(id)?.version ?? 0n;
      if (now.version !== was) writes.accounts.push({ was, now });
      else if (this.#consulted.accounts.has(id)) writes.consulted.accounts.push({ was, now });
    }
    for (const [id, hold] of this.#holds) {
      if (hold !== 'resolved') writes.holdsOpened.push(hold);
      else if (this.#before.holds.get(id) !== undefined) writes.holdsResolved.push(id);
    }
    for (const [key, now] of this.#usage) {
      const was = this.#before.usage.get(key);
      if (was === undefined && now !== 0n) writes.usageOpened.push({ key, now });
      else if (was !== undefined && now !== was) writes.usageChanged.push({ key, was, now });
    }
    for (const key of this.#consulted.usage) {
      const was = this.#before.usage.get(key);
      if (was !== undefined && was === this.used(key)) writes.consulted.usage.push({ key, was, now: was });
    }
    return writes;
  }
}
