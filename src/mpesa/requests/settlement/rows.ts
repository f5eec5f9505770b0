import type { DatabaseClient, Queryable } from '../../../platform/database/database.ts';
import { plannedColumn } from '../../faults/planned.ts';
import type { Result } from '../../results/codes.ts';
import {
  type Claim,
  claiming,
  claimValues,
  dueRows,
  laterValues,
  postponing,
  renewing,
  resolving,
  resolvingWithMoney,
  resultValues,
  type WorkTable,
} from '../../work-queue/rows.ts';
import type { EndedRequest, OpenRequest, PayingRequest } from '../types.ts';

export const requests: WorkTable = {
  table: 'mpesa.request',
  alias: 'request',
  endedAt: 'ended_at',
  columns: `request.id, request.product, request.conversation_id as "conversationId",
    request.originator_conversation_id as "originatorConversationId", request.short_code as "shortCode",
    request.initiator, request.details, request.result_url as "resultUrl",
    request.queue_timeout_url as "queueTimeoutUrl", request.accepted_at as "acceptedAt", ${plannedColumn('request')}`,
};

const open = claiming(
  requests,
  dueRows(requests, {
    where: `product = $4 and ended_at is null and state = 'accepted' and expires_at > $1`,
    order: 'accepted_at',
  }),
  ['request.security_credential as "securityCredential"'],
);

/** Requests of a product that nobody deals with. Oldest first. */
export async function claimOpen(database: Queryable, product: string, claim: Claim): Promise<OpenRequest[]> {
  const { rows } = await database.query<OpenRequest>({
    name: 'request_claim',
    text: open,
    values: [...claimValues(claim), product],
  });
  return rows;
}

/**
 * `accepted` or `prompted → resolved`. Returns the ids of those that were moved; the caller writes their
 * callbacks in the same transaction.
 */
export async function resolveRequests(
  client: DatabaseClient,
  results: readonly { id: string; result: Result }[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>({
    name: 'request_resolve',
    text: resolving(requests, { from: ['accepted', 'prompted'], set: 'security_credential = null' }),
    values: resultValues(results, now),
  });
  return new Set(rows.map(({ id }) => id));
}

/**
 * `accepted` or `prompted → paying`, with the receipts, and the caller's alone until `until`. What has ended
 * meanwhile stays as it is. Returns the ids of those that were moved.
 */
export async function markPaying(
  database: Queryable,
  numbered: readonly { id: string; receipt: string }[],
  { until }: Pick<Claim, 'until'>,
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ id: string }>({
    name: 'request_mark_paying',
    text: `with due as (
        select id from mpesa.request where id = any($1) and state in ('accepted', 'prompted') order by id for update)
      update mpesa.request request set state = 'paying', receipt = paying.receipt, claimed_until = $3,
        security_credential = null
      from due join unnest($1::uuid[], $2::text[]) as paying (id, receipt) on paying.id = due.id
      where request.id = due.id
      returning request.id`,
    values: [numbered.map(({ id }) => id), numbered.map(({ receipt }) => receipt), until],
  });
  return new Set(rows.map(({ id }) => id));
}

const renewal = renewing(requests, 'paying');

/** Requests that are still being paid here: nobody else pays them before `until`. */
export async function renewPaying(database: Queryable, ids: readonly string[], until: Date): Promise<void> {
  await database.query({ name: 'request_renew_paying', text: renewal, values: [ids, until] });
}

const paying = claiming(
  requests,
  dueRows(requests, {
    where: `product = $4 and ended_at is null and state = 'paying'`,
    order: 'accepted_at',
  }),
  ['request.receipt'],
);

/** Requests that nobody is paying any more: the claim of who judged them has lapsed. Oldest first. */
export async function claimPaying(
  database: Queryable,
  product: string,
  claim: Claim,
): Promise<PayingRequest[]> {
  const { rows } = await database.query<PayingRequest>({
    name: 'request_claim_paying',
    text: paying,
    values: [...claimValues(claim), product],
  });
  return rows;
}

/** With the verdict of the books. A refused payment has no receipt. */
export const resolvePaying = resolvingWithMoney(requests, {
  name: 'request_resolve_paying',
  from: 'paying',
  set: `receipt = case when result.code = '0' then request.receipt end`,
});

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
        where ended_at is null and state = 'accepted' and expires_at <= $1 and (claimed_until is null or claimed_until <= $1)
          and product = any($3)
        order by expires_at limit $2 for update skip locked)
      update mpesa.request request set state = 'expired', ended_at = $1, claimed_until = null, security_credential = null
      from due where request.id = due.id
      returning ${requests.columns}`,
    values: [now, limit, products],
  });
  return rows;
}

/** A failure on demand: nobody looks at them before then, and their time is not over before. */
export async function postponeRequests(
  database: Queryable,
  later: readonly { id: string; untilMs: number }[],
): Promise<void> {
  await database.query({
    name: 'request_postpone',
    text: postponing(requests, 'expires_at = later.until + (request.expires_at - request.accepted_at)'),
    values: laterValues(later),
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
