import type { AccountId, Transfer, UsageLimit } from '../../ledger/types.ts';
import { derivedId } from '../identifiers/derived-id.ts';
import { accounts } from '../parties/accounts/accounts.ts';

/** Money out of a customer's account, whichever way it was asked for. */
export interface CustomerMoney {
  /** Of the push or payment; the fee's follows from it. */
  readonly id: string;
  readonly msisdn: string;
  readonly credit: AccountId;
  readonly amountCents: bigint;
  readonly feeCents: bigint;
  /** What statements say: `stk` is `stk.payment` and `stk.fee`. */
  readonly code: string;
  readonly today: UsageLimit;
}

/** The payment, and behind it the fee: what the customer has after the last of them is the new balance. */
export function customerTransfers(money: CustomerMoney): Transfer[] {
  const { id, msisdn, credit, amountCents, feeCents, code, today } = money;
  const debit = accounts.customer(msisdn);
  const payment: Transfer = {
    kind: 'single',
    id,
    debit,
    credit,
    amountCents,
    code: `${code}.payment`,
    limits: [today],
  };
  if (feeCents === 0n) return [payment];
  const fee: Transfer = {
    kind: 'single',
    id: derivedId(`${code}.fee`, id),
    debit,
    credit: accounts.fees,
    amountCents: feeCents,
    code: `${code}.fee`,
  };
  return [payment, fee];
}
