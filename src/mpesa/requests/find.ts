import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/** The id of the request with this ConversationID, or with this receipt, which is also its callback's. */
export async function findRequest(
  database: Database | DatabaseClient,
  reference: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ id: string }>(
    `select id from mpesa.request where conversation_id = $1 or (ended_at is null and receipt = $1)
     union all select request.id from mpesa.transaction money
       join mpesa.request request on request.conversation_id = money.conversation_id where money.receipt = $1`,
    [reference],
  );
  return rows[0]?.id;
}
