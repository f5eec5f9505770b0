import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type { Transaction } from './types.ts';

/** The columns of a `Transaction`, for a query of `mpesa.transaction` as `transaction`. */
export const transactionColumns = `transaction.receipt, transaction.product,
  transaction.conversation_id as "conversationId",
  transaction.originator_conversation_id as "originatorConversationId", transaction.transfer_id as "transferId",
  transaction.debit_party as "debitParty", transaction.debit_name as "debitName",
  transaction.debit_account as "debitAccount", transaction.credit_party as "creditParty",
  transaction.credit_name as "creditName", transaction.credit_account as "creditAccount",
  transaction.amount_cents as "amountCents", transaction.charge_cents as "chargeCents", transaction.reference,
  transaction.reason_type as "reasonType", transaction.initiated_at as "initiatedAt",
  transaction.finalised_at as "finalisedAt", transaction.reversed_by as "reversedBy"`;

export interface TransactionRow extends Omit<Transaction, 'debit' | 'credit'> {
  readonly debitParty: string;
  readonly debitName: string | null;
  readonly debitAccount: bigint;
  readonly creditParty: string;
  readonly creditName: string | null;
  readonly creditAccount: bigint;
}

export function transactionOf(row: TransactionRow): Transaction {
  const { debitParty, debitName, debitAccount, creditParty, creditName, creditAccount, ...rest } = row;
  return {
    ...rest,
    debit: { party: debitParty, name: debitName, account: debitAccount },
    credit: { party: creditParty, name: creditName, account: creditAccount },
  };
}

/** By its receipt, or by one of the two ids of the conversation that moved it. */
export type TransactionKey = { readonly receipt: string } | { readonly conversationId: string };

/** `undefined`: no money ever moved under it. */
export async function findTransaction(
  database: Database | DatabaseClient,
  key: TransactionKey,
): Promise<Transaction | undefined> {
  const { rows } = await database.query<TransactionRow>(
    'receipt' in key
      ? {
          name: 'mpesa_transaction_by_receipt',
          text: `select ${transactionColumns} from mpesa.transaction transaction where receipt = $1`,
          values: [key.receipt],
        }
      : {
          name: 'mpesa_transaction_by_conversation',
          text: `select ${transactionColumns} from mpesa.transaction transaction
            where conversation_id = $1 or originator_conversation_id = $1
            order by finalised_at desc limit 1`,
          values: [key.conversationId],
        },
  );
  return rows[0] && transactionOf(rows[0]);
}
