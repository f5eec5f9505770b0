import type { AccountId, Entry, NewAccount, Rejection, Transfer, UsageLimit, Verdict } from '../types.ts';

type Movement = Extract<Transfer, { kind: 'single' | 'pending' | 'reversal' }>;
type Done = Movement | { kind: 'post' | 'void'; id: string; pendingId: string; amountCents: bigint };

/**
 * What the books mean, as plainly as it can be said, for tests to compare with: a list of what was done, and
 * every balance a sum over the whole list. One entry at a time; no counters, no batches, no database.
 */
export class Model {
  readonly #accounts = new Map<AccountId, NewAccount>();
  readonly #decided = new Map<string, { identity: string; verdict: Verdict }>();
  #done: Done[] = [];

  constructor(accounts: readonly NewAccount[]) {
    for (const account of accounts) this.#accounts.set(account.id, account);
  }

  post({ transfers }: Pick<Entry, 'transfers'>): Verdict {
    const known = transfers.filter(({ id }) => this.#decided.has(id));
    const foreign = transfers.findIndex((transfer, index) => {
      const decided = this.#decided.get(transfer.id);
      return decided !== undefined && decided.identity !== identity(transfers, index);
    });
    if (foreign >= 0) return refused('id_reused', foreign);
    const [first] = known;
    if (first !== undefined) return { ...this.#verdict(first.id), replayed: true };
    for (const [index, transfer] of transfers.entries()) {
      const fault = form(transfers.slice(0, index), transfer);
      if (fault !== undefined) return refused(fault, index);
    }
    const before = this.#done;
    const debitAfterCents: bigint[] = [];
    const creditAfterCents: bigint[] = [];
    let verdict: Verdict = { applied: true, replayed: false, debitAfterCents, creditAfterCents };
    for (const [index, transfer] of transfers.entries()) {
      const fault = this.#apply(transfer);
      if (fault !== undefined) {
        this.#done = before;
        verdict = refused(fault.reason, index, fault.scope);
        break;
      }
      const { debit, credit } = this.#sides(transfer);
      debitAfterCents.push(this.available(debit));
      creditAfterCents.push(this.available(credit));
    }
    for (const [index, { id }] of transfers.entries()) {
      this.#decided.set(id, { identity: identity(transfers, index), verdict });
    }
    return verdict;
  }

  posted(account: AccountId): bigint {
    return this.#sum((done) => {
      const amount = done.kind === 'pending' || done.kind === 'void' ? 0n : done.amountCents;
      const { debit, credit } = this.#sides(done);
      return (credit === account ? amount : 0n) - (debit === account ? amount : 0n);
    });
  }

  reserved(account: AccountId): bigint {
    return this.#sum((done) => (this.#isOpen(done) && done.debit === account ? done.amountCents : 0n));
  }

  incoming(account: AccountId): bigint {
    return this.#sum((done) => (this.#isOpen(done) && done.credit === account ? done.amountCents : 0n));
  }

  available(account: AccountId): bigint {
    return this.posted(account) - this.reserved(account);
  }

  #apply(transfer: Transfer): { reason: Rejection; scope?: string } | undefined {
    if (transfer.kind === 'post' || transfer.kind === 'void') return this.#resolve(transfer);
    const { debit, credit, amountCents: amount } = transfer;
    const [payer, payee] = [this.#accounts.get(debit), this.#accounts.get(credit)];
    if (payer === undefined || payee === undefined) return { reason: 'account_not_found' };
    if (transfer.kind === 'reversal') {
      const original = this.#done.find(({ id }) => id === transfer.reversesId);
      if (original === undefined || !['single', 'post'].includes(original.kind))
        return { reason: 'original_not_found' };
      const sides = this.#sides(original);
      if (sides.debit !== credit || sides.credit !== debit) return { reason: 'original_not_found' };
      const reversed = this.#sum((done) =>
        done.kind === 'reversal' && done.reversesId === original.id ? done.amountCents : 0n,
      );
      if (reversed + amount > original.amountCents) return { reason: 'over_original_amount' };
    }
    if (payer.floorCents !== null && this.available(debit) - amount < payer.floorCents) {
      return { reason: 'insufficient_funds' };
    }
    if (
      payee.ceilingCents !== null &&
      this.posted(credit) + this.incoming(credit) + amount > payee.ceilingCents
    ) {
      return { reason: 'over_ceiling' };
    }
    for (const limit of transfer.limits ?? []) {
      if (this.#used(limit) + amount > limit.maxCents) return { reason: 'over_limit', scope: limit.scope };
    }
    this.#done = [...this.#done, transfer];
    return undefined;
  }

  #resolve(transfer: Extract<Transfer, { kind: 'post' | 'void' }>): { reason: Rejection } | undefined {
    const pending = this.#done.find((done) => done.kind === 'pending' && done.id === transfer.pendingId);
    if (pending === undefined) return { reason: 'pending_not_found' };
    if (!this.#isOpen(pending)) return { reason: 'pending_resolved' };
    const { kind, id, pendingId } = transfer;
    const amountCents = transfer.kind === 'void' ? 0n : (transfer.amountCents ?? pending.amountCents);
    if (amountCents > pending.amountCents) return { reason: 'over_pending_amount' };
    this.#done = [...this.#done, { kind, id, pendingId, amountCents }];
    return undefined;
  }

  #used(limit: UsageLimit): bigint {
    return this.#sum((done) => {
      if (!('debit' in done) || !names(done, limit)) return 0n;
      const resolution = this.#resolution(done.id);
      return resolution === undefined ? done.amountCents : resolution.amountCents;
    });
  }

  #resolution(pendingId: string): Done | undefined {
    return this.#done.find((done) => 'pendingId' in done && done.pendingId === pendingId);
  }

  #isOpen(done: Done): done is Movement & { kind: 'pending' } {
    return done.kind === 'pending' && this.#resolution(done.id) === undefined;
  }

  #sides(done: Done | Transfer): { debit: AccountId; credit: AccountId } {
    if ('debit' in done) return done;
    const pending = this.#done.find(({ id }) => id === done.pendingId);
    if (pending === undefined || !('debit' in pending))
      throw new Error(`nothing is pending as ${done.pendingId}`);
    return pending;
  }

  #sum(amount: (done: Done) => bigint): bigint {
    return this.#done.reduce((sum, done) => sum + amount(done), 0n);
  }

  #verdict(id: string): Verdict {
    const decided = this.#decided.get(id);
    if (decided === undefined) throw new Error(`${id} was not decided`);
    return decided.verdict;
  }
}

function names(transfer: Movement, { scope, key, window }: UsageLimit): boolean {
  return (transfer.limits ?? []).some(
    (limit) => limit.scope === scope && limit.key === key && limit.window === window,
  );
}

function form(earlier: readonly Transfer[], transfer: Transfer): Rejection | undefined {
  if (earlier.some(({ id }) => id === transfer.id)) return 'id_reused';
  if (transfer.kind === 'void') return undefined;
  if (transfer.amountCents !== undefined && transfer.amountCents <= 0n) return 'not_positive';
  if ('debit' in transfer && transfer.debit === transfer.credit) return 'same_account';
  return undefined;
}

/** What makes a transfer the same one: its fields but limits and expiry, and its place in its entry. */
function identity(transfers: readonly Transfer[], index: number): string {
  const { limits: _, expiresAt: __, ...fields } = { limits: 0, expiresAt: 0, ...transfers[index] };
  const chain = transfers.length > 1 ? transfers[0]?.id : undefined;
  return JSON.stringify([Object.entries(fields).sort(), chain, index, transfers.length], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function refused(reason: Rejection, culprit: number, scope?: string): Verdict {
  return { applied: false, replayed: false, reason, culprit, ...(scope === undefined ? {} : { scope }) };
}
