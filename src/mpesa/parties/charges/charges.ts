import type { Transfer } from '../../../ledger/types.ts';
import { derivedId } from '../../identifiers/derived-id.ts';
import { accounts } from '../accounts/accounts.ts';

/**
 * What an organisation pays for a payment, in the same posting: out of Charges Paid, which goes below zero by
 * what was paid, so that a charge refuses no payment. Empty: it costs nothing.
 */
export function chargeTransfers(
  payment: { readonly id: string; readonly code: string },
  headOffice: string,
  chargeCents: bigint,
): Transfer[] {
  if (chargeCents === 0n) return [];
  return [
    {
      kind: 'single',
      id: derivedId('charge', payment.id),
      debit: accounts.organisation(headOffice, 'charges'),
      credit: accounts.fees,
      amountCents: chargeCents,
      code: `${payment.code}.charge`,
    },
  ];
}
