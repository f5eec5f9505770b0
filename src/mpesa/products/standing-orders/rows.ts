import type { DatabaseClient, Queryable } from '../../../platform/database/database.ts';
import type { Result } from '../../results/codes.ts';
import { type Claim, claiming, claimValues, dueRows, type WorkTable } from '../../work-queue/rows.ts';
import type { Day, Every } from './recurrence.ts';
import { isPayBill, type OrderRequest } from './request.ts';

export interface Order {
  readonly id: string;
  readonly ref: string;
  readonly name: string;
  readonly shortCode: string;
  readonly payeeName: string | null;
  readonly kind: 'pay_bill' | 'buy_goods';
  readonly msisdn: string;
  readonly amountCents: bigint;
  readonly accountReference: string;
  readonly callbackUrl: string;
  readonly every: Every;
  readonly startDay: Day;
  readonly endDay: Day;
  readonly expiresAt: Date;
}

export interface DueOrder extends Order {
  readonly nextDue: Day;
}

const columns = `standing.id, standing.request_ref as ref, standing.name, standing.short_code as "shortCode",
  (select name from mpesa.organisation where short_code = standing.short_code) as "payeeName", standing.kind,
  standing.msisdn, standing.amount_cents as "amountCents", standing.account_reference as "accountReference",
  standing.callback_url as "callbackUrl", standing.every, to_char(standing.start_day, 'YYYY-MM-DD') as "startDay",
  to_char(standing.end_day, 'YYYY-MM-DD') as "endDay", standing.expires_at as "expiresAt",
  to_char(standing.next_due, 'YYYY-MM-DD') as "nextDue"`;

export interface NewOrder {
  id: string;
  ref: string;
  appId: string;
  read: OrderRequest;
  acceptedAt: Date;
  lifetimeMs: number;
}

export async function insertOrder(database: Queryable, order: NewOrder): Promise<void> {
  const { id, ref, appId, read, acceptedAt, lifetimeMs } = order;
  await database.query({
    name: 'standing_order_accept',
    text: `insert into mpesa.standing_order (id, response_ref, request_ref, app_id, name, short_code, kind, msisdn,
        amount_cents, account_reference, description, callback_url, every, start_day, end_day, accepted_at, expires_at)
      values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::date, $14::date, $15, $16)`,
    values: [
      id,
      ref,
      appId,
      read.StandingOrderName,
      read.BusinessShortCode,
      isPayBill(read) ? 'pay_bill' : 'buy_goods',
      read.PartyA,
      read.Amount,
      read.AccountReference,
      read.TransactionDesc,
      read.CallBackURL,
      read.Frequency,
      read.StartDate,
      read.EndDate,
      acceptedAt,
      new Date(acceptedAt.getTime() + lifetimeMs),
    ],
  });
}

const standingOrders: WorkTable = {
  table: 'mpesa.standing_order',
  alias: 'standing',
  endedAt: 'resolved_at',
  columns,
};

const open = claiming(
  standingOrders,
  dueRows(standingOrders, { where: `state = 'accepted' and expires_at > $1`, order: 'accepted_at' }),
);

/** Orders whose customer nobody has asked yet, oldest first. */
export async function claimAccepted(database: Queryable, claim: Claim): Promise<Order[]> {
  const { rows } = await database.query<Order>({
    name: 'standing_order_claim',
    text: open,
    values: claimValues(claim),
  });
  return rows;
}

/**
 * Takes the order's name for its customer. `locked`: another session of the customer is open, a push or an
 * order.
 */
export async function takeName(database: Queryable, order: Order): Promise<'taken' | 'duplicate' | 'locked'> {
  const { rows } = await database.query<{ open: boolean }>({
    name: 'standing_order_open_session',
    text: `select exists (select from mpesa.stk_push where msisdn = $1 and result_code is null)
        or exists (select from mpesa.standing_order where msisdn = $1 and state = 'prompted' and id <> $2) as open`,
    values: [order.msisdn, order.id],
  });
  if (rows[0]?.open === true) return 'locked';
  try {
    await database.query({
      name: 'standing_order_take_name',
      text: `update mpesa.standing_order set holds_name = true where id = $1 and state = 'accepted'`,
      values: [order.id],
    });
    return 'taken';
  } catch (error) {
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return 'duplicate';
    throw error;
  }
}

const UNIQUE_VIOLATION = '23505';

/** `accepted → prompted`; an order that was answered, or expired, meanwhile stays as it is. */
export async function markPrompted(database: Queryable, ids: readonly string[]): Promise<void> {
  await database.query({
    name: 'standing_order_mark_prompted',
    text: `update mpesa.standing_order set state = 'prompted', claimed_until = null
      where id = any($1) and state = 'accepted' and holds_name`,
    values: [ids],
  });
}

/** Of these orders, those that still wait for an answer. */
export async function selectOpen(database: Queryable, ids: readonly string[]): Promise<Order[]> {
  const { rows } = await database.query<Order>({
    name: 'standing_order_open',
    text: `select ${columns} from mpesa.standing_order standing
      where id = any($1) and state in ('accepted', 'prompted')`,
    values: [ids],
  });
  return rows;
}

export async function selectExpired(database: Queryable, { now, limit }: Claim): Promise<Order[]> {
  const { rows } = await database.query<Order>({
    name: 'standing_order_expired',
    text: `select ${columns} from mpesa.standing_order standing
      where state in ('accepted', 'prompted') and expires_at <= $1
        and (state = 'prompted' or claimed_until is null or claimed_until <= $1)
      order by expires_at limit $2`,
    values: [now, limit],
  });
  return rows;
}

export interface Decision {
  readonly result: Result;
  readonly at: Date;
  readonly receipt: string;
  /** The first day to pay; `undefined`: none, the order is over. */
  readonly nextDue: Day | undefined;
}

/** `accepted` or `prompted` → `active` or `ended`; false: another decision came first. */
export async function decideOrder(client: DatabaseClient, id: string, decision: Decision): Promise<boolean> {
  const { result, at, receipt, nextDue } = decision;
  const { rowCount } = await client.query({
    name: 'standing_order_decide',
    text: `update mpesa.standing_order set state = case when $2::date is null then 'ended' else 'active' end,
        holds_name = $2::date is not null, next_due = $2::date, receipt = $3, result_code = $4, result_desc = $5,
        resolved_at = $6, claimed_until = null
      where id = $1 and state in ('accepted', 'prompted')`,
    values: [id, nextDue ?? null, receipt, String(result.code), result.callback, at],
  });
  return rowCount === 1;
}

/** One order that has a payment to make, locked: nobody else makes it meanwhile. */
export async function lockDue(client: DatabaseClient, today: Day): Promise<DueOrder | undefined> {
  const { rows } = await client.query<DueOrder>({
    name: 'standing_order_due',
    text: `select ${columns} from mpesa.standing_order standing
      where state = 'active' and next_due <= $1::date order by next_due limit 1 for update skip locked`,
    values: [today],
  });
  return rows[0];
}

/** `undefined`: it was the last day. */
export async function moveOn(client: DatabaseClient, id: string, nextDue: Day | undefined): Promise<void> {
  await client.query({
    name: 'standing_order_move_on',
    text: `update mpesa.standing_order set next_due = $2::date, holds_name = $2::date is not null,
        state = case when $2::date is null then 'ended' else 'active' end
      where id = $1`,
    values: [id, nextDue ?? null],
  });
}
