import type { Entry, Rejection, Transfer, Verdict } from '../types.ts';
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
import { formFault, MOST } from './form.ts';
import { type Account, available, reversalKey, type Snapshot, usageKey, type Writes } from './snapshot.ts';
import { WorkingCopy } from './working-copy.ts';

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

interface Refusal {
  refused: Rejection;
  scope?: string;
}

class Batch {
  readonly #state: WorkingCopy;

  constructor(before: Snapshot) {
    this.#state = new WorkingCopy(before);
  }

  decide(transfers: readonly Transfer[]): Verdict {
    if (transfers.length === 0)
      return { applied: true, replayed: false, debitAfterCents: [], creditAfterCents: [] };
    const fault = this.#earlier(transfers) ?? formFault(transfers);
    if (fault !== undefined) return fault;
    this.#state.begin(transfers.length > 1);
    const applied: Decision[] = [];
    for (const [culprit, transfer] of transfers.entries()) {
      const outcome = isMovement(transfer) ? this.#move(transfer) : this.#resolve(transfer);
      if ('refused' in outcome) {
        this.#state.rollback();
        return this.#refuse(transfers, culprit, outcome);
      }
      const decision = place(outcome, transfers, culprit);
      applied.push(decision);
      this.#state.apply(decision);
    }
    return verdictOf(applied, false);
  }

  writes(): Writes {
    return this.#state.writes();
  }

  /** The verdict of then when the very same entry was decided before; `id_reused` when only an id was. */
  #earlier(transfers: readonly Transfer[]): Verdict | undefined {
    const decisions: Decision[] = [];
    for (const { id } of transfers) {
      const decision = this.#state.decision(id);
      if (decision !== undefined) decisions.push(decision);
    }
    if (decisions.length === 0) return undefined;
    const culprit = transfers.findIndex((transfer, index) => {
      const decision = this.#state.decision(transfer.id);
      return decision !== undefined && !isSame(decision, transfers, index);
    });
    if (culprit >= 0) return { applied: false, replayed: false, reason: 'id_reused', culprit };
    return verdictOf(decisions, true);
  }

  #move(transfer: Movement): Decision | Refusal {
    const { debit: debitId, credit: creditId, amountCents: amount } = transfer;
    const debit = this.#state.account(debitId);
    const credit = this.#state.account(creditId);
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
      if (this.#state.used(usageKey(limit)) + amount > limit.maxCents) {
        return { refused: 'over_limit', scope: limit.scope };
      }
    }
    const keys = limits.map(usageKey);
    if (transfer.kind === 'reversal') keys.push(reversalKey(transfer.reversesId));
    const usage = keys.length === 0 ? null : [...new Set(keys)].join('\n');
    this.#state.save(debit, credit);
    this.#state.count(usage, amount);
    if (transfer.kind === 'pending') {
      debit.debitsPending += amount;
      credit.creditsPending += amount;
      const { id, expiresAt } = transfer;
      this.#state.setHold(id, { id, debit: debitId, credit: creditId, amount, expiresAt, usage });
    } else {
      debit.debitsPosted += amount;
      credit.creditsPosted += amount;
    }
    return after(transfer, amount, debit, credit, usage);
  }

  #checkReversal({ reversesId, debit, credit, amountCents }: Movement & { kind: 'reversal' }) {
    const original = this.#state.decision(reversesId);
    const isOriginal =
      original !== undefined &&
      original.refusal === null &&
      (original.kind === 'single' || original.kind === 'post' || original.kind === 'post_rest') &&
      original.debit === credit &&
      original.credit === debit;
    if (!isOriginal) return { refused: 'original_not_found' } as const;
    if (this.#state.used(reversalKey(reversesId)) + amountCents > (original.amount ?? 0n)) {
      return { refused: 'over_original_amount' } as const;
    }
    return undefined;
  }

  #resolve(transfer: Resolution): Decision | Refusal {
    const { pendingId } = transfer;
    const hold = this.#state.hold(pendingId);
    if (hold === 'resolved') return { refused: 'pending_resolved' };
    if (hold === undefined) {
      const pending = this.#state.decision(pendingId);
      const wasOpen = pending?.kind === 'pending' && pending.refusal === null;
      return { refused: wasOpen ? 'pending_resolved' : 'pending_not_found' };
    }
    const posted = transfer.kind === 'void' ? 0n : (transfer.amountCents ?? hold.amount);
    if (posted > hold.amount) return { refused: 'over_pending_amount' };
    const debit = this.#state.account(hold.debit);
    const credit = this.#state.account(hold.credit);
    if (debit === undefined || credit === undefined)
      throw new Error(`accounts of hold ${pendingId} not read`);
    this.#state.save(debit, credit);
    debit.debitsPending -= hold.amount;
    credit.creditsPending -= hold.amount;
    debit.debitsPosted += posted;
    credit.creditsPosted += posted;
    this.#state.setHold(pendingId, 'resolved');
    this.#state.count(hold.usage, posted - hold.amount);
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
      this.#state.refuse(decision);
      return decision;
    });
    return verdictOf(decisions, false);
  }

  /** Notes what the refusal was decided on, or may have been. */
  #consult(transfer: Transfer): void {
    const sides = isMovement(transfer) ? transfer : this.#state.holdBefore(transfer.pendingId);
    if (sides !== undefined) for (const id of [sides.debit, sides.credit]) this.#state.consultAccount(id);
    if (!isMovement(transfer)) return;
    for (const limit of transfer.limits ?? []) this.#state.consultUsage(usageKey(limit));
    if (transfer.kind === 'reversal') this.#state.consultUsage(reversalKey(transfer.reversesId));
  }
}

function isOverCeiling(debit: Account, credit: Account, amount: bigint): boolean {
  const { creditsPosted, creditsPending, debitsPosted, ceiling } = credit;
  if (ceiling !== null && creditsPosted + creditsPending - debitsPosted + amount > ceiling) return true;
  return (
    creditsPosted + creditsPending + amount > MOST || debit.debitsPosted + debit.debitsPending + amount > MOST
  );
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
