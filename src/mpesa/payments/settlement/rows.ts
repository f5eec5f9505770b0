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
import type { NumberedPayment, OpenPayment } from '../types.ts';

const payments: WorkTable = {
  table: 'mpesa.payment',
  alias: 'payment',
  endedAt: 'resolved_at',
  columns: `payment.id, payment.kind, payment.source, payment.conversation_id as "conversationId",
  payment.originator_conversation_id as "originatorConversationId", payment.msisdn, payment.payee,
  payment.account_reference as "accountReference", payment.amount_cents as "amountCents",
  payment.accepted_at as "acceptedAt", payment.receipt, payment.validate_by as "validateBy",
  payment.third_party_trans_id as "thirdPartyTransId", coalesce(organisation.name, agent.name) as "payeeName",
  organisation.kind as "payeeKind", organisation.head_office as "payeeHeadOffice",
  coalesce(registered.validates_payments, false) as validates,
  case when registration.short_code is not null then json_build_object('version', registration.version,
    'responseType', registration.response_type, 'confirmationUrl', registration.confirmation_url,
    'validationUrl', registration.validation_url) end as registration, ${plannedColumn('payment')}`,
  // A till is registered under its own number, or under its store's.
  joins: `left join mpesa.organisation organisation
    on due.kind in ('pay_bill', 'buy_goods') and organisation.short_code = due.payee
  left join mpesa.agent agent on due.kind = 'withdraw' and agent.number = due.payee
  left join lateral (
    select * from mpesa.c2b_registration
    where short_code in (organisation.short_code, organisation.head_office)
    order by short_code = organisation.short_code desc limit 1) registration on true
  left join mpesa.organisation registered on registered.short_code = registration.short_code`,
};

interface Statement {
  readonly name: string;
  readonly text: string;
}

const dueColumns = 'id, kind, payee';
/** As the index has it. */
const validating = `validation_host is not null and result_code is null and state = 'validating'`;
const claimOf = (name: string, due: string): Statement => ({ name, text: claiming(payments, due) });

const accepted = claimOf(
  'payment_claim_accepted',
  dueRows(payments, {
    where: `result_code is null and state = 'accepted'`,
    order: 'accepted_at',
    columns: dueColumns,
  }),
);
const paying = claimOf(
  'payment_claim_paying',
  dueRows(payments, {
    where: `result_code is null and state = 'paying'`,
    order: 'accepted_at',
    columns: dueColumns,
  }),
);
const unanswered = claimOf(
  'payment_claim_unanswered',
  dueRows(payments, {
    where: `${validating} and validate_by <= $1`,
    order: 'validate_by',
    columns: dueColumns,
  }),
);
const askable = claimOf(
  'payment_claim_askable',
  `select due.* from unnest($3::text[], $4::int[]) as share (host, take)
   cross join lateral (
     select ${dueColumns} from mpesa.payment
     where ${validating} and validation_host = share.host and validate_by > $1 and claimed_until is null
     order by accepted_at limit share.take for update skip locked) due`,
);

async function claim<Row extends OpenPayment>(
  database: Queryable,
  { name, text }: Statement,
  values: unknown[],
): Promise<Row[]> {
  const { rows } = await database.query<Row>({ name, text, values });
  return rows;
}

/** Payments that nobody deals with. Oldest first. */
export function claimAccepted(database: Queryable, taken: Claim): Promise<OpenPayment[]> {
  return claim(database, accepted, claimValues(taken));
}

export function claimPaying(database: Queryable, taken: Claim): Promise<NumberedPayment[]> {
  return claim(database, paying, claimValues(taken));
}

const renewal = renewing(payments, 'paying');

/** Payments that are still being paid here: nobody else pays them before `until`. */
export async function renewPaying(database: Queryable, ids: readonly string[], until: Date): Promise<void> {
  await database.query({ name: 'payment_renew_paying', text: renewal, values: [ids, until] });
}

/** Payments whose merchant did not say in time, was not asked in time, or whose answer was lost. */
export function claimUnanswered(database: Queryable, taken: Claim): Promise<NumberedPayment[]> {
  return claim(database, unanswered, claimValues(taken));
}

/** Hosts of which somebody waits for a validation that was not asked yet: who waits longest comes first. */
export async function hostsToAsk(database: Queryable, now: Date, limit: number): Promise<string[]> {
  const { rows } = await database.query<{ host: string }>({
    name: 'payment_hosts_to_ask',
    text: `select validation_host as host from mpesa.payment
      where ${validating} and validate_by > $1 and claimed_until is null
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

/**
 * `accepted → validating`, or `paying`: the caller's alone until `until`; with the receipts. What another
 * worker moved stays. Returns the ids of those that are to be paid now.
 */
export async function markRouted(
  database: Queryable,
  routed: readonly Routed[],
  { until }: Pick<Claim, 'until'>,
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ id: string; isPaying: boolean }>({
    name: 'payment_mark_routed',
    text: `with due as (
        select id from mpesa.payment where id = any($1) and state = 'accepted' order by id for update)
      update mpesa.payment payment set state = case when routed.host is null then 'paying' else 'validating' end,
        receipt = routed.receipt, validation_host = routed.host, validate_by = routed.by,
        claimed_until = case when routed.host is null then $5::timestamptz end
      from due join unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as routed (id, receipt, host, by)
        on routed.id = due.id
      where payment.id = due.id
      returning payment.id, payment.state = 'paying' as "isPaying"`,
    values: [
      routed.map(({ id }) => id),
      routed.map(({ receipt }) => receipt),
      routed.map(({ validation }) => validation?.host ?? null),
      routed.map(({ validation }) => validation?.by ?? null),
      until,
    ],
  });
  return new Set(rows.filter(({ isPaying }) => isPaying).map(({ id }) => id));
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
 * Without money: `accepted` or `validating → resolved`. Returns the ids of those that were moved; their
 * texts and callbacks are written in the same transaction.
 */
export async function resolveUnpaid(
  client: DatabaseClient,
  results: readonly { id: string; result: Result }[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>({
    name: 'payment_resolve_unpaid',
    text: resolving(payments, { from: ['accepted', 'validating'] }),
    values: resultValues(results, now),
  });
  return new Set(rows.map(({ id }) => id));
}

/** With the verdict of the books: `paying → resolved`, in their transaction. */
export const resolvePaying = resolvingWithMoney(payments, { name: 'payment_resolve_paying', from: 'paying' });

/** A failure on demand: nobody looks at them before then. */
export async function postponePayments(
  database: Queryable,
  later: readonly { id: string; untilMs: number }[],
): Promise<void> {
  await database.query({ name: 'payment_postpone', text: postponing(payments), values: laterValues(later) });
}
