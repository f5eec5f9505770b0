import type { Database, DatabaseClient } from '../../../platform/database/database.ts';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The id of the push with this CheckoutRequestID, receipt or own id, which is also its callback's. */
export async function findPush(
  database: Database | DatabaseClient,
  reference: string,
): Promise<string | undefined> {
  if (UUID.test(reference)) return reference;
  const { rows } = await database.query<{ id: string }>(
    `select id from mpesa.stk_push where checkout_request_id = $1
     union all select transfer_id from mpesa.transaction where receipt = $1 and product = 'stk'`,
    [reference],
  );
  return rows[0]?.id;
}
