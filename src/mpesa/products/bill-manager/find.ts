import type { Database, DatabaseClient } from '../../../platform/database/database.ts';

/** The id of the biller's callback for the payment with this receipt. */
export async function findBillCallback(
  database: Database | DatabaseClient,
  receipt: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ id: string }>(
    'select id from mpesa.bill_payment where receipt = $1',
    [receipt],
  );
  return rows[0]?.id;
}

/** What a reversal opened again of what this payment had settled. */
export interface ReopenedBill {
  readonly externalReference: string;
  readonly cents: bigint;
  readonly at: Date;
}

export async function findReopenedBills(
  database: Database | DatabaseClient,
  receipt: string,
): Promise<ReopenedBill[]> {
  const { rows } = await database.query<ReopenedBill>(
    `select external_reference as "externalReference", part.reversed_cents as cents, reversal.settled_at as at
     from mpesa.bill_payment payment join mpesa.bill_reversal reversal on reversal.payment_id = payment.id
     join mpesa.bill_part part on part.payment_id = payment.id
     join mpesa.invoice invoice on invoice.id = part.invoice_id
     where payment.receipt = $1 and part.reversed_cents > 0 order by invoice.id`,
    [receipt],
  );
  return rows;
}
