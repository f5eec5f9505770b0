import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/** The id of the request with this ConversationID, which is also its callback's. */
export async function findRequest(
  database: Database | DatabaseClient,
  conversationId: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ id: string }>(
    'select id from mpesa.request where conversation_id = $1',
    [conversationId],
  );
  return rows[0]?.id;
}
