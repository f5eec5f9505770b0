import type { Database } from '../../../platform/database/database.ts';
import type { NewPush } from './types.ts';

const sql = `insert into mpesa.stk_push (id, merchant_request_id, checkout_request_id, app_id, short_code, party_b,
    transaction_type, msisdn, amount_cents, account_reference, description, callback_url, asked, accepted_at, expires_at)
  select *, to_timestamp($14::float8 / 1000), to_timestamp($15::float8 / 1000)
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[])
  on conflict do nothing
  returning id`;

/**
 * Writes the pushes in one statement, which is one transaction, and returns the ids of those that were taken:
 * a push whose subscriber has an open one is left out. Throws when it is not known whether it committed.
 */
export async function insertPushes(
  database: Database,
  pushes: readonly NewPush[],
  { acceptedAtMs, lifetimeMs }: { acceptedAtMs: number; lifetimeMs: number },
): Promise<ReadonlySet<string>> {
  // One order for all processes: two batches with the same subscribers would wait for each other otherwise.
  const ordered = pushes.toSorted((a, b) => (a.msisdn < b.msisdn ? -1 : a.msisdn > b.msisdn ? 1 : 0));
  const { rows } = await database.query<[string]>({
    name: 'stk-accept',
    text: sql,
    rowMode: 'array',
    values: [
      plain(ordered, (push) => push.id),
      plain(ordered, (push) => push.merchantRequestId),
      plain(ordered, (push) => push.checkoutRequestId),
      quoted(ordered, (push) => push.appId),
      plain(ordered, (push) => push.shortCode),
      plain(ordered, (push) => push.partyB),
      plain(ordered, (push) => push.transactionType),
      plain(ordered, (push) => push.msisdn),
      plain(ordered, (push) => push.amountCents.toString()),
      quoted(ordered, (push) => push.accountReference),
      quoted(ordered, (push) => push.description),
      quoted(ordered, (push) => push.callbackUrl),
      quoted(ordered, (push) => push.asked ?? ''),
      acceptedAtMs,
      acceptedAtMs + lifetimeMs,
    ],
  });
  return new Set(rows.map(([id]) => id));
}

type Column = (push: NewPush) => string;

/** An array as PostgreSQL reads it, of values that are letters, digits, `-` and `_` alone. */
function plain(pushes: readonly NewPush[], column: Column): string {
  let array = '{';
  for (const push of pushes) array += array.length === 1 ? column(push) : `,${column(push)}`;
  return `${array}}`;
}

const SPECIAL = /["\\]/g;

/** … of any text. */
function quoted(pushes: readonly NewPush[], column: Column): string {
  let array = '{';
  for (const push of pushes) {
    array += `${array.length === 1 ? '"' : ',"'}${column(push).replace(SPECIAL, '\\$&')}"`;
  }
  return `${array}}`;
}
