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
