import type { Rejection, Transfer, Verdict } from '../types.ts';
import { isMovement } from './decision.ts';

/** The largest `int8`: no counter passes it. */
export const MOST = 2n ** 63n - 1n;

/** Faults of the entry itself. They are the same at every try, so they need not be stored. */
export function formFault(transfers: readonly Transfer[]): Verdict | undefined {
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
