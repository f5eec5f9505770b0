import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/** A payment with this receipt that was not paid, or not yet; of what was paid its transaction tells. */
export const notPaid = (receipt: string) =>
  `((result_code is null and receipt = ${receipt})
    or (result_code is not null and result_code <> '0' and receipt = ${receipt}))`;

/**
 * The id of the payment with this receipt, which is also that of its confirmation. What the vendor's
 * documents call TransID of a confirmation is its receipt.
 */
export async function findPayment(
  database: Database | DatabaseClient,
  receipt: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ id: string }>(
    `select id from mpesa.payment where ${notPaid('$1')}
     union all select payment.id from mpesa.transaction money
       join mpesa.payment payment on payment.id = money.transfer_id where money.receipt = $1`,
    [receipt],
  );
  return rows[0]?.id;
}
