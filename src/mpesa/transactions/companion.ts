import type { Companion, CompanionStatement } from '../../ledger/types.ts';
import type { Transaction } from './types.ts';

/**
 * What a customer pays to a biller, whichever way, is a payment that Bill Manager tells: its row commits with
 * the transaction's. Its id is made of time and receipt, in the form of a UUID of version 7, so that a replay
 * makes the same one.
 */
const billPayment = `insert into mpesa.bill_payment
    (id, receipt, short_code, msisdn, amount_cents, account_reference, paid_at)
  select (lpad(to_hex((extract(epoch from finalised_at) * 1000)::bigint), 12, '0') || '7' || left(md5(receipt), 3)
      || 'a' || substr(md5(receipt), 4, 15))::uuid,
    receipt, credit_party, debit_party, amount_cents, coalesce(reference, ''), finalised_at
  from written join mpesa.biller on biller.short_code = written.credit_party
  where written.product in ('stk', 'c2b')
  on conflict do nothing`;

/** One statement a batch of the books. A posting that is replayed finds its row. */
const insertTransaction: CompanionStatement = {
  name: 'mpesa_transaction',
  sql: `with written as (insert into mpesa.transaction (receipt, product, conversation_id, originator_conversation_id, transfer_id,
      debit_party, debit_name, debit_account, credit_party, credit_name, credit_account, amount_cents, charge_cents,
      reference, reason_type, initiated_at, finalised_at)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::bigint[],
      $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::text[],
      $16::timestamptz[], $17::timestamptz[])
    on conflict (receipt) do nothing returning *)
    ${billPayment}`,
};

/** The row of a transaction, for the entry of the books that moves its money: both commit, or neither. */
export function transactionCompanion(transaction: Omit<Transaction, 'reversedBy'>): Companion {
  const { debit, credit } = transaction;
  return {
    statement: insertTransaction,
    row: [
      transaction.receipt,
      transaction.product,
      transaction.conversationId,
      transaction.originatorConversationId,
      transaction.transferId,
      debit.party,
      debit.name,
      debit.account,
      credit.party,
      credit.name,
      credit.account,
      transaction.amountCents,
      transaction.chargeCents,
      transaction.reference,
      transaction.reasonType,
      transaction.initiatedAt,
      transaction.finalisedAt,
    ],
  };
}

/** What paid a bill pays it no more: Bill Manager opens again what it settled. */
const billReversal = `insert into mpesa.bill_reversal (payment_id, receipt, amount_cents, reversed_at)
  select payment.id, reversal.receipt, reversal.cents, reversal.at
  from reversal join mpesa.bill_payment payment on payment.receipt = reversal.original
  on conflict do nothing`;

const markReversed: CompanionStatement = {
  name: 'mpesa_transaction_reversed',
  sql: `with reversal as (
      select * from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[])
        as reversal (original, receipt, cents, at)),
    bill as (${billReversal})
    update mpesa.transaction transaction set reversed_by = reversal.receipt
    from reversal where transaction.receipt = reversal.original`,
};

/** With the entry that reverses `amountCents` of it: the transaction says by which receipt. */
export function reversedCompanion(
  original: string,
  { receipt, amountCents, at }: { receipt: string; amountCents: bigint; at: Date },
): Companion {
  return { statement: markReversed, row: [original, receipt, amountCents, at] };
}
