import { plainColumn } from '../../../../platform/database/columns.ts';
import type { DatabaseClient, Queryable } from '../../../../platform/database/database.ts';
import { type PlannedFault, plannedColumn } from '../../../faults/planned.ts';
import type { Result, ResultCode } from '../../../results/codes.ts';
import {
  type Claim,
  claiming,
  claimValues,
  dueRows,
  laterValues,
  postponing,
  renewing,
  resolvingWithMoney,
  resultValues,
  type WorkTable,
} from '../../../work-queue/rows.ts';

/** A push without a result, as the settlement works with it. */
export interface OpenPush {
  id: string;
  merchantRequestId: string;
  checkoutRequestId: string;
  shortCode: string;
  partyB: string;
  transactionType: string;
  msisdn: string;
  amountCents: bigint;
  accountReference: string;
  callbackUrl: string;
  acceptedAt: Date;
  expiresAt: Date;
  /** What PartyB is; `null`: no organisation has that number. */
  payeeName: string | null;
  payeeKind: 'paybill' | 'till' | null;
  payeeHeadOffice: string | null;
  /** What BusinessShortCode may do. */
  products: readonly string[];
  /** What a failure on demand makes of it. */
  planned?: PlannedFault | null;
}

/** The subscriber said yes: what is left is the money. */
export interface AnsweredPush extends OpenPush {
  answeredAt: Date;
  receipt: string;
}

const pushes: WorkTable = {
  table: 'mpesa.stk_push',
  alias: 'push',
  endedAt: 'resolved_at',
  columns: `push.id, push.merchant_request_id as "merchantRequestId",
  push.checkout_request_id as "checkoutRequestId", push.short_code as "shortCode", push.party_b as "partyB",
  push.transaction_type as "transactionType", push.msisdn, push.amount_cents as "amountCents",
  push.account_reference as "accountReference", push.callback_url as "callbackUrl",
  push.accepted_at as "acceptedAt", push.expires_at as "expiresAt",
  payee.name as "payeeName", payee.kind as "payeeKind", payee.head_office as "payeeHeadOffice",
  coalesce(merchant.products, '{}') as products, ${plannedColumn('push')}`,
  joins: `left join mpesa.organisation payee on payee.short_code = due.party_b
  left join mpesa.organisation merchant on merchant.short_code = due.short_code`,
};

const answered = ['push.answered_at as "answeredAt"', 'push.receipt'];
const dueColumns = 'id, short_code, party_b';

const open = claiming(
  pushes,
  dueRows(pushes, {
    where: `prompted_at is null and result_code is null and state = 'accepted' and expires_at > $1`,
    order: 'accepted_at',
    columns: dueColumns,
  }),
);

/** Pushes that nobody has put on a phone yet, oldest first. */
export async function claimAccepted(database: Queryable, claim: Claim): Promise<OpenPush[]> {
  const { rows } = await database.query<OpenPush>({
    name: 'stk_claim_accepted',
    text: open,
    values: claimValues(claim),
  });
  return rows;
}

/** `accepted → prompted`; a push that was answered, or expired, meanwhile stays as it is. */
export async function markPrompted(database: Queryable, ids: readonly string[], now: Date): Promise<void> {
  await database.query({
    name: 'stk_mark_prompted',
    text: `with due as (
        select id from mpesa.stk_push where id = any($1) and state = 'accepted' order by id for update)
      update mpesa.stk_push push set state = 'prompted', prompted_at = $2, claimed_until = null
      from due where push.id = due.id`,
    values: [plainColumn(ids), now],
  });
}

/**
 * `prompted → answered`, with the receipts, and the caller's alone until `until`: of an answer, a
 * cancellation and an expiry this or `resolveOpen` comes first, and the other finds nothing. (`accepted` too:
 * a phone may answer before `markPrompted`, and has proved it then.) Returns the pushes that were moved.
 */
export async function markAnswered(
  database: Queryable,
  ids: readonly string[],
  receipts: readonly string[],
  { now, until }: { now: Date; until: Date },
): Promise<AnsweredPush[]> {
  const { rows } = await database.query<AnsweredPush>({
    name: 'stk_mark_answered',
    text: `with due as (
        select open.id, open.short_code, open.party_b, answer.receipt
        from unnest($1::uuid[], $2::text[]) as answer (id, receipt) join mpesa.stk_push open on open.id = answer.id
        where open.state in ('accepted', 'prompted') order by open.id for update of open skip locked)
      update mpesa.stk_push push set state = 'answered', answered_at = $3, receipt = due.receipt,
        prompted_at = coalesce(push.prompted_at, $3), claimed_until = $4
      from due ${pushes.joins}
      where push.id = due.id
      returning ${[pushes.columns, ...answered].join(', ')}`,
    values: [plainColumn(ids), plainColumn(receipts), now, until],
  });
  return rows;
}

const unpaid = claiming(
  pushes,
  dueRows(pushes, {
    where: `result_code is null and state = 'answered'`,
    order: 'expires_at',
    columns: dueColumns,
  }),
  answered,
);

/** Answered pushes that nobody is paying any more: the claim of who collected the answer has lapsed. */
export async function claimAnswered(database: Queryable, claim: Claim): Promise<AnsweredPush[]> {
  const { rows } = await database.query<AnsweredPush>({
    name: 'stk_claim_answered',
    text: unpaid,
    values: claimValues(claim),
  });
  return rows;
}

const renewal = renewing(pushes, 'answered');

/** Answered pushes that are still being paid here: nobody else pays them before `until`. */
export async function renewAnswered(database: Queryable, ids: readonly string[], until: Date): Promise<void> {
  await database.query({ name: 'stk_renew_answered', text: renewal, values: [plainColumn(ids), until] });
}

/**
 * Pushes whose time is over without an answer; one that is being put on a phone right now is left for later.
 */
export async function selectExpired(
  database: Queryable,
  { now, limit }: { now: Date; limit: number },
): Promise<{ id: string; prompted: boolean }[]> {
  const { rows } = await database.query<{ id: string; prompted: boolean }>({
    name: 'stk_select_expired',
    text: `select id, state = 'prompted' as prompted from mpesa.stk_push
      where result_code is null and state <> 'answered' and expires_at <= $1
        and (state = 'prompted' or claimed_until is null or claimed_until <= $1)
      order by expires_at limit $2`,
    values: [now, limit],
  });
  return rows;
}

/**
 * Without money: `accepted` or `prompted → resolved`. Returns the pushes that were moved; the caller writes
 * their callbacks in the same transaction.
 */
export async function resolveOpen(
  client: DatabaseClient,
  results: readonly { id: string; result: Result }[],
  now: Date,
): Promise<OpenPush[]> {
  const { rows } = await client.query<OpenPush>({
    name: 'stk_resolve_open',
    text: `with due as (
        select id, short_code, party_b from mpesa.stk_push
        where id = any($1) and state in ('accepted', 'prompted') order by id for update skip locked)
      update mpesa.stk_push push set state = 'resolved', result_code = result.code, result_desc = result.text,
        resolved_at = $4, claimed_until = null
      from due join unnest($1::uuid[], $2::jsonb[], $3::text[]) as result (id, code, text) on result.id = due.id
        ${pushes.joins}
      where push.id = due.id
      returning ${pushes.columns}`,
    values: resultValues(results, now),
  });
  return rows;
}

/**
 * With the verdict of the books: `answered → resolved`, in their transaction. A refused payment has no
 * receipt.
 */
export const resolveAnswered = resolvingWithMoney(pushes, {
  name: 'stk_resolve_answered',
  from: 'answered',
  set: `receipt = case when result.code = '0' then push.receipt end`,
});

/** The same for pushes that the books were never asked about; returns those that this call moved. */
export async function resolveUnpaid(
  client: DatabaseClient,
  ids: readonly string[],
  { code, text }: { code: ResultCode; text: string },
  now: Date,
): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>(`${resolveAnswered.sql} returning push.id`, [
    ids,
    ids.map(() => JSON.stringify(code)),
    ids.map(() => text),
    ids.map(() => now),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Of these pushes, those that still wait for an answer. */
export async function selectOpen(database: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>({
    name: 'stk_select_open',
    text: `select id from mpesa.stk_push where id = any($1) and state in ('accepted', 'prompted')`,
    values: [ids],
  });
  return new Set(rows.map(({ id }) => id));
}

/**
 * Of these pushes, those whose subscriber paid the same amount to the same short code since `sinceMs` before
 * it.
 */
export async function selectRepeated(
  database: Queryable,
  ids: readonly string[],
  windowMs: number,
): Promise<Set<string>> {
  const { rows } = await database.query<{ id: string }>({
    name: 'stk_select_repeated',
    text: `select push.id from mpesa.stk_push push where push.id = any($1) and exists (
        select from mpesa.transaction money join mpesa.stk_push paid on paid.id = money.transfer_id
        where money.debit_party = push.msisdn and money.product = 'stk' and money.amount_cents = push.amount_cents
          and money.finalised_at > push.accepted_at - $2 * interval '1 millisecond'
          and paid.short_code = push.short_code)`,
    values: [ids, windowMs],
  });
  return new Set(rows.map(({ id }) => id));
}

/** A failure on demand: nobody looks at them before then, and their time is not over before. */
export async function postponePushes(
  database: Queryable,
  later: readonly { id: string; untilMs: number }[],
): Promise<void> {
  await database.query({
    name: 'stk_postpone',
    text: postponing(pushes, 'expires_at = later.until + (push.expires_at - push.accepted_at)'),
    values: laterValues(later),
  });
}
