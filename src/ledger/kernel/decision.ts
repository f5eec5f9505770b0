import type { AccountId, Rejection, Transfer, TransferId, Verdict } from '../types.ts';

/** A row of `ledger.transfer`: one decided transfer. */
export interface Decision {
  id: TransferId;
  kind: 'single' | 'pending' | 'reversal' | 'post' | 'post_rest' | 'void';
  debit: AccountId | null;
  credit: AccountId | null;
  amount: bigint | null;
  ref: TransferId | null;
  code: string;
  chain: TransferId | null;
  place: number;
  size: number;
  refusal: Rejection | 'linked' | null;
  usage: string | null;
  debitVersion: bigint | null;
  creditVersion: bigint | null;
  debitAfter: bigint | null;
  creditAfter: bigint | null;
}

export type Movement = Extract<Transfer, { kind: 'single' | 'pending' | 'reversal' }>;
export type Resolution = Extract<Transfer, { kind: 'post' | 'void' }>;

export function isMovement(transfer: Transfer): transfer is Movement {
  return transfer.kind === 'single' || transfer.kind === 'pending' || transfer.kind === 'reversal';
}

/** The row of a transfer with nothing decided yet. */
export function blank(transfer: Transfer): Decision {
  const movement = isMovement(transfer);
  const { id, code } = transfer;
  return {
    id,
    kind: kindOf(transfer),
    debit: movement ? transfer.debit : null,
    credit: movement ? transfer.credit : null,
    amount: transfer.kind === 'void' ? null : (transfer.amountCents ?? null),
    ref: refOf(transfer),
    code,
    chain: null,
    place: 0,
    size: 1,
    refusal: null,
    usage: null,
    debitVersion: null,
    creditVersion: null,
    debitAfter: null,
    creditAfter: null,
  };
}

export function place(decision: Decision, transfers: readonly Transfer[], index: number): Decision {
  decision.place = index;
  decision.size = transfers.length;
  decision.chain = transfers.length > 1 ? (transfers[0]?.id ?? null) : null;
  return decision;
}

function kindOf(transfer: Transfer): Decision['kind'] {
  return transfer.kind === 'post' && transfer.amountCents === undefined ? 'post_rest' : transfer.kind;
}

function refOf(transfer: Transfer): TransferId | null {
  if (transfer.kind === 'reversal') return transfer.reversesId;
  return transfer.kind === 'post' || transfer.kind === 'void' ? transfer.pendingId : null;
}

/**
 * Whether the decision was about this very transfer. Limits and expiry are terms, not identity: a retry
 * computes them again, and may get others.
 */
export function isSame(decision: Decision, transfers: readonly Transfer[], index: number): boolean {
  const transfer = transfers[index];
  if (transfer === undefined) return false;
  const asked = place(blank(transfer), transfers, index);
  return (
    decision.kind === asked.kind &&
    decision.code === asked.code &&
    decision.ref === asked.ref &&
    decision.chain === asked.chain &&
    decision.place === asked.place &&
    decision.size === asked.size &&
    (!isMovement(transfer) || (decision.debit === asked.debit && decision.credit === asked.credit)) &&
    (asked.amount === null || decision.amount === asked.amount)
  );
}

/** The verdict that the rows of an entry say. */
export function verdictOf(decisions: readonly Decision[], replayed: boolean): Verdict {
  const culprit = decisions.findIndex(({ refusal }) => refusal !== null && refusal !== 'linked');
  const { refusal, usage } = decisions[culprit] ?? { refusal: null, usage: null };
  if (refusal === null || refusal === 'linked') {
    return {
      applied: true,
      replayed,
      debitAfterCents: decisions.map(({ debitAfter }) => debitAfter ?? 0n),
      creditAfterCents: decisions.map(({ creditAfter }) => creditAfter ?? 0n),
    };
  }
  const verdict = { applied: false, replayed, reason: refusal, culprit } as const;
  return usage === null ? verdict : { ...verdict, scope: usage };
}
