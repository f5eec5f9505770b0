import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/**
 * The id of the payment with this receipt, which is also that of its confirmation. What the vendor's
 * documents call TransID of a confirmation is its receipt.
 */
export async function findPayment(
  database: Database | DatabaseClient,
  receipt: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ id: string }>('select id from mpesa.payment where receipt = $1', [
    receipt,
  ]);
  return rows[0]?.id;
}
