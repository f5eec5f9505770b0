import type { Database, DatabaseClient } from '../platform/database/database.ts';
import { hostOf } from './target.ts';
import type { Callback } from './types.ts';

/** Rows of these columns, one array a column. A callback that was written before is left as it is. */
const insertCallback = {
  name: 'delivery_insert_callback',
  sql: `insert into delivery.callback (id, url, host, headers, body, due_at)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::text[], $6::timestamptz[])
    on conflict (id) do nothing`,
} as const;

type CallbackRow = readonly [
  id: string,
  url: string,
  host: string,
  headers: string,
  body: string,
  dueAt: Date,
];

/**
 * The row that makes a callback, as a companion of a ledger entry: it commits with the money it tells of, or
 * not at all. Idempotent by the callback's id. After the commit, `Delivery.wake` saves it the wait for the
 * next poll.
 */
export function enqueueCallback(callback: Callback): { statement: typeof insertCallback; row: CallbackRow } {
  return { statement: insertCallback, row: toRow(callback) };
}

/** Writes callbacks in the caller's own transaction, where no money moves. Idempotent by their ids. */
export async function insertCallbacks(
  client: Database | DatabaseClient,
  callbacks: readonly Callback[],
): Promise<void> {
  const rows = callbacks.map(toRow);
  const columns = [0, 1, 2, 3, 4, 5].map((column) => rows.map((row) => row[column]));
  await client.query({ name: insertCallback.name, text: insertCallback.sql, values: columns });
}

function toRow({ id, url, headers, body, dueAt }: Callback): CallbackRow {
  return [id, url, hostOf(url), JSON.stringify(headers), body, dueAt];
}
