import type { CompanionStatement } from '../../ledger/types.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { plannedColumn } from '../faults/planned.ts';
import type { Result } from '../results/codes.ts';
import type { EndedRequest, NewRequest, OpenRequest, PayingRequest } from './types.ts';

type Queryable = Database | DatabaseClient;

const columns = `request.id, request.product, request.conversation_id as "conversationId",
  request.originator_conversation_id as "originatorConversationId", request.short_code as "shortCode",
  request.initiator, request.details, request.result_url as "resultUrl", request.queue_timeout_url as "queueTimeoutUrl",
  request.accepted_at as "acceptedAt", ${plannedColumn('request')}`;

/**
 * Writes the requests in one statement, which is one transaction, and returns the ids of those that were
 * taken: one whose short code has used its OriginatorConversationID is left out. Throws when it cannot be
 * told whether it committed.
 */
export async function insertRequests(
  database: Queryable,
  requests: readonly NewRequest[],
  { acceptedAtMs, timeoutMs }: { acceptedAtMs: number; timeoutMs: number },
): Promise<ReadonlySet<string>> {
  // One order for all processes: two batches with the same ids would wait for each other otherwise.
  const ordered = requests.toSorted((a, b) =>
    a.originatorConversationId < b.originatorConversationId
      ? -1
      : Number(a.originatorConversationId > b.originatorConversationId),
  );
  const column = (of: (request: NewRequest) => string) => ordered.map(of);
  const { rows } = await database.query<[string]>({
    name: 'request_accept',
    text: `insert into mpesa.request (id, product, conversation_id, originator_conversation_id, app_id, short_code,
        initiator, security_credential, details, result_url, queue_timeout_url, asked, accepted_at, expires_at)
      select *, to_timestamp($13::float8 / 1000), to_timestamp($14::float8 / 1000)
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::jsonb[], $10::text[], $11::text[], $12::text[])
      on conflict do nothing
      returning id`,
    rowMode: 'array',
    values: [
      column(({ id }) => id),
      column(({ product }) => product),
      column(({ conversationId }) => conversationId),
      column(({ originatorConversationId }) => originatorConversationId),
      column(({ appId }) => appId),
      column(({ shortCode }) => shortCode),
      column(({ initiator }) => initiator),
      column(({ securityCredential }) => securityCredential),
      column(({ details }) => JSON.stringify(details)),
      column(({ resultUrl }) => resultUrl),
      column(({ queueTimeoutUrl }) => queueTimeoutUrl),
      ordered.map(({ asked }) => asked ?? null),
      acceptedAtMs,
      acceptedAtMs + timeoutMs,
    ],
  });
  return new Set(rows.map(([id]) => id));
}

/**
 * Requests of a product that nobody deals with, or whose worker is gone: its claim has lapsed. Oldest first.
 */
export async function claimOpen(
  database: Queryable,
  product: string,
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<OpenRequest[]> {
  const { rows } = await database.query<OpenRequest>({
    name: 'request_claim',
    text: `with due as (
        select id from mpesa.request
        where product = $1 and state = 'accepted' and expires_at > $2
          and (claimed_until is null or claimed_until <= $2)
        order by accepted_at limit $4 for update skip locked)
      update mpesa.request request set claimed_until = $3
      from due where request.id = due.id
      returning ${columns}, request.security_credential as "securityCredential"`,
    values: [product, now, until, limit],
  });
  return rows;
}

/**
 * `accepted → resolved`. Returns the ids of those that were moved; the caller writes their callbacks in the
 * same transaction. Of a result and an expiry, and of two workers, the first moves it, and the other finds
 * nothing.
 */
export async function resolveRequests(
  client: DatabaseClient,
  results: readonly { id: string; result: Result }[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<[string]>({
    name: 'request_resolve',
    text: `with due as (
        select id from mpesa.request where id = any($1) and state = 'accepted' order by id for update)
      update mpesa.request request set state = 'resolved', result_code = result.code, result_desc = result.text,
        ended_at = $4, claimed_until = null, security_credential = null
      from due join unnest($1::uuid[], $2::jsonb[], $3::text[]) as result (id, code, text) on result.id = due.id
      where request.id = due.id
      returning request.id`,
    rowMode: 'array',
    values: [
      results.map(({ id }) => id),
      results.map(({ result }) => JSON.stringify(result.code)),
      results.map(({ result }) => result.callback),
      now,
    ],
  });
  return new Set(rows.map(([id]) => id));
}

/** `accepted → paying`, with the receipts. What has ended meanwhile stays as it is. */
export async function markPaying(
  database: Queryable,
  requests: readonly { id: string; receipt: string }[],
): Promise<void> {
  await database.query({
    name: 'request_mark_paying',
    text: `with due as (
        select id from mpesa.request where id = any($1) and state = 'accepted' order by id for update)
      update mpesa.request request set state = 'paying', receipt = paying.receipt, claimed_until = null,
        security_credential = null
      from due join unnest($1::uuid[], $2::text[]) as paying (id, receipt) on paying.id = due.id
      where request.id = due.id`,
    values: [requests.map(({ id }) => id), requests.map(({ receipt }) => receipt)],
  });
}

/**
 * Requests to be paid that nobody is paying, or whose worker is gone. Oldest first; they have no end of time.
 */
export async function claimPaying(
  database: Queryable,
  product: string,
  { now, until, limit }: { now: Date; until: Date; limit: number },
): Promise<PayingRequest[]> {
  const { rows } = await database.query<PayingRequest>({
    name: 'request_claim_paying',
    text: `with due as (
        select id from mpesa.request
        where product = $1 and state = 'paying' and (claimed_until is null or claimed_until <= $2)
        order by accepted_at limit $4 for update skip locked)
      update mpesa.request request set claimed_until = $3
      from due where request.id = due.id
      returning ${columns}, request.receipt`,
    values: [product, now, until, limit],
  });
  return rows;
}

/**
 * With the verdict of the books: `paying → resolved`, in their transaction. A refused payment has no receipt.
 */
export const resolvePaying: CompanionStatement = {
  name: 'request_resolve_paying',
  sql: `update mpesa.request request set state = 'resolved', result_code = result.code, result_desc = result.text,
      ended_at = result.at, claimed_until = null, receipt = case when result.code = '0' then request.receipt end
    from unnest($1::uuid[], $2::jsonb[], $3::text[], $4::timestamptz[]) as result (id, code, text, at)
    where request.id = result.id and request.state = 'paying'`,
};

/**
 * `accepted → expired`: their time is over. One that a living worker has claimed is left to it. Returns those
 * that were moved; the caller writes their callbacks in the same transaction.
 */
export async function expireRequests(
  client: DatabaseClient,
  products: readonly string[],
  { now, limit }: { now: Date; limit: number },
): Promise<EndedRequest[]> {
  const { rows } = await client.query<EndedRequest>({
    name: 'request_expire',
    text: `with due as (
        select id from mpesa.request
        where state = 'accepted' and expires_at <= $1 and (claimed_until is null or claimed_until <= $1)
          and product = any($3)
        order by expires_at limit $2 for update skip locked)
      update mpesa.request request set state = 'expired', ended_at = $1, claimed_until = null, security_credential = null
      from due where request.id = due.id
      returning ${columns}`,
    values: [now, limit, products],
  });
  return rows;
}

/** A failure on demand: nobody looks at them before then, and their time is not over before. */
export async function postponeRequests(
  database: Queryable,
  requests: readonly { id: string; untilMs: number }[],
): Promise<void> {
  await database.query({
    name: 'request_postpone',
    text: `update mpesa.request request set claimed_until = later.until,
        expires_at = later.until + (request.expires_at - request.accepted_at)
      from unnest($1::uuid[], $2::timestamptz[]) as later (id, until)
      where request.id = later.id and request.state = 'accepted'`,
    values: [requests.map(({ id }) => id), requests.map(({ untilMs }) => new Date(untilMs))],
  });
}

/** A failure on demand: their time is over now. */
export async function endTime(database: Queryable, ids: readonly string[], now: Date): Promise<void> {
  await database.query({
    name: 'request_end_time',
    text: `update mpesa.request set claimed_until = null, expires_at = $2
      where id = any($1) and state = 'accepted'`,
    values: [ids, now],
  });
}
