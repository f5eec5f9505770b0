import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { hostOf } from '../attempt/target.ts';
import type { Callback } from '../types.ts';
import type { Claim } from './handover.ts';

/** Of the same moment, so that it stands in the same partition. */
const copyId = `overlay(told.id::text placing left(md5(told.id::text || copy), 12) from 25)::uuid`;

/**
 * Rows of these columns, one array a column. A callback that was written before is left as it is. What a
 * failure on demand has planned for one (`interference.ts`) is done here, so that the writer of a callback
 * need not know; that table is empty but for those.
 */
const insertCallback = {
  name: 'delivery_insert_callback',
  sql: `insert into delivery.callback (id, url, host, headers, body, due_at, state, settled_at, fault,
      retry_after_seconds, claimed_by, claimed_until)
    select case copy when 0 then told.id else ${copyId} end, told.url, told.host,
      told.headers, told.body, told.due_at + coalesce(planned.delay_ms, 0) * interval '1 millisecond',
      case when planned.lost then 'exhausted' else 'pending' end, case when planned.lost then now() end,
      planned.fault, told.retries::int[], case when planned.fault is null then told.claim end,
      case when planned.fault is null then now() + told.lease_ms * interval '1 millisecond' end
    from unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::text[], $6::timestamptz[], $7::text[],
        $8::uuid[], $9::int[]) as told (id, url, host, headers, body, due_at, retries, claim, lease_ms)
      left join delivery.interference planned on planned.callback_id = told.id
      cross join lateral generate_series(0, coalesce(planned.copies, 0)) copy
    on conflict (id) do nothing`,
} as const;

type CallbackRow = readonly [
  id: string,
  url: string,
  host: string,
  headers: string,
  body: string,
  dueAt: Date,
  retries: string | null,
  claim: string | null,
  leaseMs: number | null,
];

/**
 * The row that makes a callback, as a companion of a ledger entry: it commits with the money it tells of, or
 * not at all. Idempotent by the callback's id. After the commit, `Delivery.wake` saves it the wait for the
 * next poll; one with a `claim` is to be handed over. A fault that was planned for it undoes its claim.
 */
export function enqueueCallback(
  callback: Callback,
  claim?: Claim,
): { statement: typeof insertCallback; row: CallbackRow } {
  return { statement: insertCallback, row: toRow(callback, claim) };
}

/** Writes callbacks in the caller's own transaction, where no money moves. Idempotent by their ids. */
export async function insertCallbacks(
  client: Database | DatabaseClient,
  callbacks: readonly Callback[],
): Promise<void> {
  const rows = callbacks.map((callback) => toRow(callback));
  const columns = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((column) => rows.map((row) => row[column]));
  await client.query({ name: insertCallback.name, text: insertCallback.sql, values: columns });
}

function toRow({ id, url, headers, body, dueAt, retryAfterSeconds }: Callback, claim?: Claim): CallbackRow {
  const host = claim?.host ?? hostOf(url);
  const retries = retryAfterSeconds === undefined ? null : `{${retryAfterSeconds.join()}}`;
  const claimed = [claim?.id ?? null, claim?.leaseMs ?? null] as const;
  return [id, url, host, JSON.stringify(headers), body, dueAt, retries, ...claimed];
}
