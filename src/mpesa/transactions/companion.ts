import type { Companion, CompanionStatement } from '../../ledger/types.ts';
import type { Transaction } from './types.ts';

/** One statement a batch of the books. A posting that is replayed finds its row. */
const insertTransaction: CompanionStatement = {
  name: 'mpesa_transaction',
  sql: `insert into mpesa.transaction (receipt, product, conversation_id, originator_conversation_id, transfer_id,
      debit_party, debit_name, debit_account, credit_party, credit_name, credit_account, amount_cents, charge_cents,
      reference, reason_type, initiated_at, finalised_at)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::bigint[],
      $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::text[],
      $16::timestamptz[], $17::timestamptz[])
    on conflict (receipt) do nothing`,
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

const markReversed: CompanionStatement = {
  name: 'mpesa_transaction_reversed',
  sql: `update mpesa.transaction transaction set reversed_by = reversal.receipt
    from unnest($1::text[], $2::text[]) as reversal (original, receipt)
    where transaction.receipt = reversal.original`,
};

/** With the entry that reverses it: the transaction says by which receipt. */
export function reversedCompanion(original: string, receipt: string): Companion {
  return { statement: markReversed, row: [original, receipt] };
}
