import type { CompanionStatement } from '../../../ledger/types.ts';
import type { Database, DatabaseClient } from '../../../platform/database/database.ts';
import { plannedColumn } from '../../faults/planned.ts';
import type { Result } from '../../results/codes.ts';
import type { NewPayment, NumberedPayment, OpenPayment } from '../types.ts';

type Queryable = Database | DatabaseClient;

export interface Claim {
  readonly now: Date;
  readonly until: Date;
  readonly limit: number;
}

const columns = `payment.id, payment.kind, payment.source, payment.conversation_id as "conversationId",
  payment.originator_conversation_id as "originatorConversationId", payment.msisdn, payment.payee,
  payment.account_reference as "accountReference", payment.amount_cents as "amountCents",
  payment.accepted_at as "acceptedAt", payment.receipt, payment.validate_by as "validateBy",
  payment.third_party_trans_id as "thirdPartyTransId", coalesce(organisation.name, agent.name) as "payeeName",
  organisation.kind as "payeeKind", organisation.head_office as "payeeHeadOffice",
  coalesce(registered.validates_payments, false) as validates,
  case when registration.short_code is not null then json_build_object('version', registration.version,
    'responseType', registration.response_type, 'confirmationUrl', registration.confirmation_url,
    'validationUrl', registration.validation_url) end as registration, ${plannedColumn('payment')}`;

/** A till is registered under its own number, or under its store's. */
const payees = `left join mpesa.organisation organisation
    on due.kind in ('pay_bill', 'buy_goods') and organisation.short_code = due.payee
  left join mpesa.agent agent on due.kind = 'withdraw' and agent.number = due.payee
  left join lateral (
    select * from mpesa.c2b_registration
    where short_code in (organisation.short_code, organisation.head_office)
    order by short_code = organisation.short_code desc limit 1) registration on true
  left join mpesa.organisation registered on registered.short_code = registration.short_code`;

/** Written in one statement, which is one transaction; returns the ids of those that were taken. */
export async function insertPayments(
  database: Queryable,
  payments: readonly NewPayment[],
  acceptedAt: Date,
): Promise<ReadonlySet<string>> {
  const column = (of: (payment: NewPayment) => string) => payments.map(of);
  const { rows } = await database.query<[string]>({
    name: 'payment_accept',
    text: `insert into mpesa.payment (id, kind, source, conversation_id, originator_conversation_id, msisdn, payee,
        account_reference, amount_cents, accepted_at)
      select *, $10::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::bigint[])
      on conflict do nothing returning id`,
    rowMode: 'array',
    values: [
      column(({ id }) => id),
      column(({ kind }) => kind),
      column(({ source }) => source),
      column(({ conversationId }) => conversationId),
      column(({ originatorConversationId }) => originatorConversationId),
      column(({ msisdn }) => msisdn),
      column(({ payee }) => payee),
      column(({ accountReference }) => accountReference),
      column(({ amountCents }) => String(amountCents)),
      acceptedAt,
    ],
  });
  return new Set(rows.map(([id]) => id));
}

const claimedBy = (due: string, name: string) => ({
  name,
  text: `with due as (${due})
    update mpesa.payment payment set claimed_until = $2 from due ${payees} where payment.id = due.id
    returning ${columns}`,
});

const accepted = claimedBy(
  `select id, kind, payee from mpesa.payment
   where state = 'accepted' and (claimed_until is null or claimed_until <= $1)
   order by accepted_at limit $3 for update skip locked`,
  'payment_claim_accepted',
);
const paying = claimedBy(
  `select id, kind, payee from mpesa.payment
   where state = 'paying' and (claimed_until is null or claimed_until <= $1)
   order by accepted_at limit $3 for update skip locked`,
  'payment_claim_paying',
);
const unanswered = claimedBy(
  `select id, kind, payee from mpesa.payment
   where state = 'validating' and validate_by <= $1 and (claimed_until is null or claimed_until <= $1)
   order by validate_by limit $3 for update skip locked`,
  'payment_claim_unanswered',
);
const askable = claimedBy(
  `select due.* from unnest($3::text[], $4::int[]) as share (host, take)
   cross join lateral (
     select id, kind, payee from mpesa.payment
     where state = 'validating' and validation_host = share.host and validate_by > $1 and claimed_until is null
     order by accepted_at limit share.take for update skip locked) due`,
  'payment_claim_askable',
);

async function claim<Row extends OpenPayment>(
  database: Queryable,
  { name, text }: typeof accepted,
  values: unknown[],
): Promise<Row[]> {
  const { rows } = await database.query<Row>({ name, text, values });
  return rows;
}

/** Payments that nobody deals with, or whose worker is gone: its claim has lapsed. Oldest first. */
export function claimAccepted(database: Queryable, { now, until, limit }: Claim): Promise<OpenPayment[]> {
  return claim(database, accepted, [now, until, limit]);
}

export function claimPaying(database: Queryable, { now, until, limit }: Claim): Promise<NumberedPayment[]> {
  return claim(database, paying, [now, until, limit]);
}

/** Payments whose merchant did not say in time, was not asked in time, or whose answer was lost. */
export function claimUnanswered(
  database: Queryable,
  { now, until, limit }: Claim,
): Promise<NumberedPayment[]> {
  return claim(database, unanswered, [now, until, limit]);
}

/** Hosts of which somebody waits for a validation that was not asked yet: who waits longest comes first. */
export async function hostsToAsk(database: Queryable, now: Date, limit: number): Promise<string[]> {
  const { rows } = await database.query<{ host: string }>({
    name: 'payment_hosts_to_ask',
    text: `select validation_host as host from mpesa.payment
      where state = 'validating' and validate_by > $1 and claimed_until is null
      group by validation_host order by min(accepted_at) limit $2`,
    values: [now, limit],
  });
  return rows.map(({ host }) => host);
}

/** Claimed once, for as long as their merchant may take and a little more: nobody asks twice. */
export function claimToAsk(
  database: Queryable,
  allotments: readonly { host: string; take: number }[],
  { now, until }: Pick<Claim, 'now' | 'until'>,
): Promise<NumberedPayment[]> {
  return claim(database, askable, [
    now,
    until,
    allotments.map(({ host }) => host),
    allotments.map(({ take }) => take),
  ]);
}

/** What comes after `accepted`; `validation`: it is asked first. */
export interface Routed {
  readonly id: string;
  readonly receipt: string;
  readonly validation?: { readonly host: string; readonly by: Date };
}

/** `accepted → validating` or `paying`, with the receipts. What another worker moved stays. */
export async function markRouted(database: Queryable, routed: readonly Routed[]): Promise<void> {
  await database.query({
    name: 'payment_mark_routed',
    text: `with due as (
        select id from mpesa.payment where id = any($1) and state = 'accepted' order by id for update)
      update mpesa.payment payment set state = case when routed.host is null then 'paying' else 'validating' end,
        receipt = routed.receipt, validation_host = routed.host, validate_by = routed.by, claimed_until = null
      from due join unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as routed (id, receipt, host, by)
        on routed.id = due.id
      where payment.id = due.id`,
    values: [
      routed.map(({ id }) => id),
      routed.map(({ receipt }) => receipt),
      routed.map(({ validation }) => validation?.host ?? null),
      routed.map(({ validation }) => validation?.by ?? null),
    ],
  });
}

/** `validating → paying`; false: it was decided meanwhile. */
export async function markValid(
  database: Queryable,
  id: string,
  thirdPartyTransId: string,
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'payment_mark_valid',
    text: `update mpesa.payment set state = 'paying', third_party_trans_id = $2, claimed_until = null
      where id = $1 and state = 'validating'`,
    values: [id, thirdPartyTransId],
  });
  return rowCount === 1;
}

/**
 * Without money: `accepted` or `validating → resolved`. Returns the ids of those that were moved; what is
 * told of them is written in the same transaction.
 */
export async function resolveUnpaid(
  client: DatabaseClient,
  results: readonly { id: string; result: Result }[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<[string]>({
    name: 'payment_resolve_unpaid',
    text: `with due as (
        select id from mpesa.payment
        where id = any($1) and state in ('accepted', 'validating') order by id for update)
      update mpesa.payment payment set state = 'resolved', result_code = result.code, result_desc = result.text,
        resolved_at = $4, claimed_until = null
      from due join unnest($1::uuid[], $2::jsonb[], $3::text[]) as result (id, code, text) on result.id = due.id
      where payment.id = due.id returning payment.id`,
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

/** With the verdict of the books: `paying → resolved`, in their transaction. */
export const resolvePaying: CompanionStatement = {
  name: 'payment_resolve_paying',
  sql: `update mpesa.payment payment set state = 'resolved', result_code = result.code, result_desc = result.text,
      resolved_at = result.at, claimed_until = null
    from unnest($1::uuid[], $2::jsonb[], $3::text[], $4::timestamptz[]) as result (id, code, text, at)
    where payment.id = result.id and payment.state = 'paying'`,
};

/** A failure on demand: nobody looks at them before then. */
export async function postponePayments(
  database: Queryable,
  payments: readonly { id: string; untilMs: number }[],
): Promise<void> {
  await database.query({
    name: 'payment_postpone',
    text: `update mpesa.payment payment set claimed_until = later.until
      from unnest($1::uuid[], $2::timestamptz[]) as later (id, until)
      where payment.id = later.id and payment.state = 'accepted'`,
    values: [payments.map(({ id }) => id), payments.map(({ untilMs }) => new Date(untilMs))],
  });
}
