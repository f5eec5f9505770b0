import type { AccountId, Entry, Rejection, Transfer, TransferId, Verdict } from '../types.ts';
import {
  blank,
  type Decision,
  isMovement,
  isSame,
  type Movement,
  place,
  type Resolution,
  verdictOf,
} from './decision.ts';
import {
  type Account,
  available,
  type Hold,
  reversalKey,
  type Snapshot,
  usageKey,
  type Writes,
} from './snapshot.ts';

/**
 * The kernel decides a batch: (what the database holds, entries) → (verdicts, writes). Pure: no clock, no
 * chance, no I/O, so the model tests run it alone. Entries are decided in order, each on the state its
 * predecessors left.
 *
 * An entry is checked in this order, and the first fault is the answer:
 *   1. an id decided before: the verdict of then, or `id_reused` when the fields differ (never stored)
 *   2. form, transfer by transfer (never stored): `id_reused` within the entry, `not_positive`, `over_ceiling` of
 *      what a column can hold, `same_account`
 *   3. state, transfer by transfer, each on what the earlier ones of the chain did (stored, final for the ids):
 *      a movement: `account_not_found` (debit, then credit), `account_closed`, `account_frozen`; of a reversal
 *      `original_not_found`, `over_original_amount`; then `insufficient_funds`, `over_ceiling`, `over_limit` (limits
 *      in the order given);
 *      a post or void: `pending_not_found`, `pending_resolved`, `over_pending_amount`. It asks for no more: what was
 *      reserved can be finished, whatever became of the accounts.
 */
export function decide(before: Snapshot, entries: readonly Entry[]): { verdicts: Verdict[]; writes: Writes } {
  const batch = new Batch(before);
  const verdicts = entries.map(({ transfers }) => batch.decide(transfers));
  return { verdicts, writes: batch.writes() };
}

/** The largest `int8`: no counter passes it. */
const MOST = 2n ** 63n - 1n;

interface Refusal {
  refused: Rejection;
  scope?: string;
}

class Batch {
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

  decide(transfers: readonly Transfer[]): Verdict {
    if (transfers.length === 0)
      return { applied: true, replayed: false, debitAfterCents: [], creditAfterCents: [] };
    const fault = this.#earlier(transfers) ?? formFault(transfers);
    if (fault !== undefined) return fault;
    this.#undo = transfers.length > 1 ? [] : undefined;
    const applied: Decision[] = [];
    for (const [culprit, transfer] of transfers.entries()) {
      const outcome = isMovement(transfer) ? this.#move(transfer) : this.#resolve(transfer);
      if ('refused' in outcome) {
        for (const undo of this.#undo?.reverse() ?? []) undo();
        return this.#refuse(transfers, culprit, outcome);
      }
      const decision = place(outcome, transfers, culprit);
      applied.push(decision);
      this.#decided.set(decision.id, decision);
      this.#undo?.push(() => this.#decided.delete(decision.id));
    }
    return verdictOf(applied, false);
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
      if (was !== undefined && was === this.#used(key)) writes.consulted.usage.push({ key, was, now: was });
    }
    return writes;
  }

  /** The verdict of then when the very same entry was decided before; `id_reused` when only an id was. */
  #earlier(transfers: readonly Transfer[]): Verdict | undefined {
    const decisions: Decision[] = [];
    for (const { id } of transfers) {
      const decision = this.#decision(id);
      if (decision !== undefined) decisions.push(decision);
    }
    if (decisions.length === 0) return undefined;
    const culprit = transfers.findIndex((transfer, index) => {
      const decision = this.#decision(transfer.id);
      return decision !== undefined && !isSame(decision, transfers, index);
    });
    if (culprit >= 0) return { applied: false, replayed: false, reason: 'id_reused', culprit };
    return verdictOf(decisions, true);
  }

  #move(transfer: Movement): Decision | Refusal {
    const { debit: debitId, credit: creditId, amountCents: amount } = transfer;
    const debit = this.#account(debitId);
    const credit = this.#account(creditId);
    if (debit === undefined || credit === undefined) return { refused: 'account_not_found' };
    if (debit.state === 'closed' || credit.state === 'closed') return { refused: 'account_closed' };
    if (debit.state === 'frozen' || credit.state === 'frozen') return { refused: 'account_frozen' };
    if (transfer.kind === 'reversal') {
      const refusal = this.#checkReversal(transfer);
      if (refusal !== undefined) return refusal;
    }
    if (debit.floor !== null && available(debit) - amount < debit.floor)
      return { refused: 'insufficient_funds' };
    if (isOverCeiling(debit, credit, amount)) return { refused: 'over_ceiling' };
    const limits = transfer.limits ?? [];
    for (const limit of limits) {
      if (this.#used(usageKey(limit)) + amount > limit.maxCents) {
        return { refused: 'over_limit', scope: limit.scope };
      }
    }
    const keys = limits.map(usageKey);
    if (transfer.kind === 'reversal') keys.push(reversalKey(transfer.reversesId));
    const usage = keys.length === 0 ? null : [...new Set(keys)].join('\n');
    this.#save(debit, credit);
    this.#count(usage, amount);
    if (transfer.kind === 'pending') {
      debit.debitsPending += amount;
      credit.creditsPending += amount;
      const { id, expiresAt } = transfer;
      this.#setHold(id, { id, debit: debitId, credit: creditId, amount, expiresAt, usage });
    } else {
      debit.debitsPosted += amount;
      credit.creditsPosted += amount;
    }
    return after(transfer, amount, debit, credit, usage);
  }

  #checkReversal({ reversesId, debit, credit, amountCents }: Movement & { kind: 'reversal' }) {
    const original = this.#decision(reversesId);
    const isOriginal =
      original !== undefined &&
      original.refusal === null &&
      (original.kind === 'single' || original.kind === 'post' || original.kind === 'post_rest') &&
      original.debit === credit &&
      original.credit === debit;
    if (!isOriginal) return { refused: 'original_not_found' } as const;
    if (this.#used(reversalKey(reversesId)) + amountCents > (original.amount ?? 0n)) {
      return { refused: 'over_original_amount' } as const;
    }
    return undefined;
  }

  #resolve(transfer: Resolution): Decision | Refusal {
    const { pendingId } = transfer;
    const hold = this.#holds.get(pendingId) ?? this.#before.holds.get(pendingId);
    if (hold === 'resolved') return { refused: 'pending_resolved' };
    if (hold === undefined) {
      const pending = this.#decision(pendingId);
      const wasOpen = pending?.kind === 'pending' && pending.refusal === null;
      return { refused: wasOpen ? 'pending_resolved' : 'pending_not_found' };
    }
    const posted = transfer.kind === 'void' ? 0n : (transfer.amountCents ?? hold.amount);
    if (posted > hold.amount) return { refused: 'over_pending_amount' };
    const debit = this.#account(hold.debit);
    const credit = this.#account(hold.credit);
    if (debit === undefined || credit === undefined)
      throw new Error(`accounts of hold ${pendingId} not read`);
    this.#save(debit, credit);
    debit.debitsPending -= hold.amount;
    credit.creditsPending -= hold.amount;
    debit.debitsPosted += posted;
    credit.creditsPosted += posted;
    this.#setHold(pendingId, 'resolved');
    this.#count(hold.usage, posted - hold.amount);
    return after(transfer, transfer.kind === 'void' ? hold.amount : posted, debit, credit, null);
  }

  /** Stores the refusal of the whole entry: the culprit with its reason, the others as `linked`. */
  #refuse(transfers: readonly Transfer[], culprit: number, { refused, scope }: Refusal): Verdict {
    const decisions = transfers.map((transfer, index) => {
      this.#consult(transfer);
      const isCulprit = index === culprit;
      const decision: Decision = {
        ...place(blank(transfer), transfers, index),
        refusal: isCulprit ? refused : 'linked',
        usage: isCulprit && scope !== undefined ? scope : null,
      };
      this.#decided.set(decision.id, decision);
      return decision;
    });
    return verdictOf(decisions, false);
  }

  /** Notes what the refusal was decided on, or may have been. */
  #consult(transfer: Transfer): void {
    const sides = isMovement(transfer) ? transfer : this.#before.holds.get(transfer.pendingId);
    if (sides !== undefined) for (const id of [sides.debit, sides.credit]) this.#consultAccount(id);
    if (!isMovement(transfer)) return;
    for (const limit of transfer.limits ?? []) this.#consulted.usage.add(usageKey(limit));
    if (transfer.kind === 'reversal') this.#consulted.usage.add(reversalKey(transfer.reversesId));
  }

  #consultAccount(id: AccountId): void {
    this.#consulted.accounts.add(id);
    this.#account(id);
  }

  #decision(id: TransferId): Decision | undefined {
    return this.#decided.get(id) ?? this.#before.decisions.get(id);
  }

  #account(id: AccountId): Account | undefined {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const stored = this.#before.accounts.get(id);
    if (stored === undefined) return undefined;
    const copy = { ...stored };
    this.#accounts.set(id, copy);
    return copy;
  }

  #used(key: string): bigint {
    return this.#usage.get(key) ?? this.#before.usage.get(key) ?? 0n;
  }

  #count(keys: string | null, amount: bigint): void {
    if (keys === null) return;
    for (const key of keys.split('\n')) {
      const used = this.#used(key);
      this.#usage.set(key, used + amount);
      this.#undo?.push(() => this.#usage.set(key, used));
    }
  }

  #setHold(id: TransferId, hold: Hold | 'resolved'): void {
    const earlier = this.#holds.get(id);
    this.#holds.set(id, hold);
    this.#undo?.push(() => {
      if (earlier === undefined) this.#holds.delete(id);
      else this.#holds.set(id, earlier);
    });
  }

  /** Counts a version on both accounts, after keeping what they were. */
  #save(debit: Account, credit: Account): void {
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
}

function isOverCeiling(debit: Account, credit: Account, amount: bigint): boolean {
  const { creditsPosted, creditsPending, debitsPosted, ceiling } = credit;
  if (ceiling !== null && creditsPosted + creditsPending - debitsPosted + amount > ceiling) return true;
  return (
    creditsPosted + creditsPending + amount > MOST || debit.debitsPosted + debit.debitsPending + amount > MOST
  );
}

/** Faults of the entry itself. They are the same at every try, so they need not be stored. */
function formFault(transfers: readonly Transfer[]): Verdict | undefined {
  for (const [culprit, transfer] of transfers.entries()) {
    const reason = formOf(transfer, transfers, culprit);
    if (reason !== undefined) return { applied: false, replayed: false, reason, culprit };
  }
  return undefined;
}

function formOf(transfer: Transfer, transfers: readonly Transfer[], index: number): Rejection | undefined {
  for (let earlier = 0; earlier < index; earlier++) {
    if (transfers[earlier]?.id === transfer.id) return 'id_reused';
  }
  if (transfer.kind === 'void') return undefined;
  const { amountCents } = transfer;
  if (amountCents !== undefined && amountCents <= 0n) return 'not_positive';
  if (amountCents !== undefined && amountCents > MOST) return 'over_ceiling';
  if (isMovement(transfer) && transfer.debit === transfer.credit) return 'same_account';
  return undefined;
}

/** The row of a transfer that was applied. */
function after(
  transfer: Transfer,
  amount: bigint,
  debit: Account,
  credit: Account,
  usage: string | null,
): Decision {
  const decision = blank(transfer);
  decision.debit = debit.id;
  decision.credit = credit.id;
  decision.amount = amount;
  decision.usage = usage;
  decision.debitVersion = debit.version;
  decision.creditVersion = credit.version;
  decision.debitAfter = available(debit);
  decision.creditAfter = available(credit);
  return decision;
}
