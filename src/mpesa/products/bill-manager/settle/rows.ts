import type { DatabaseClient } from '../../../../platform/database/database.ts';
import type { Reminded } from '../texts.ts';

/** A payment whose biller has no callback of it yet. */
export interface ReceivedPayment {
  readonly id: string;
  readonly receipt: string;
  readonly shortCode: string;
  readonly msisdn: string;
  readonly amountCents: bigint;
  readonly accountReference: string;
  readonly paidAt: Date;
  readonly callbackUrl: string;
}

/**
 * The oldest of them, locked: nobody else tells it meanwhile. Not its key: the books, which refer to it when
 * they reverse it, never wait for a worker.
 */
export async function lockReceived(client: DatabaseClient): Promise<ReceivedPayment | undefined> {
  const { rows } = await client.query<ReceivedPayment>({
    name: 'bill_payment_received',
    text: `select payment.id, receipt, payment.short_code as "shortCode", msisdn, amount_cents as "amountCents",
        account_reference as "accountReference", paid_at as "paidAt", callback_url as "callbackUrl"
      from mpesa.bill_payment payment join mpesa.biller biller on biller.short_code = payment.short_code
      where state = 'received' order by paid_at, payment.id limit 1 for no key update of payment skip locked`,
  });
  return rows[0];
}

export interface PayableInvoice {
  readonly id: string;
  readonly dueDay: string;
  readonly owedCents: bigint;
}

/** What an account owes, locked. In the order of ids, as everything that locks several of them does. */
export async function lockPayable(
  client: DatabaseClient,
  { shortCode, accountReference }: Pick<ReceivedPayment, 'shortCode' | 'accountReference'>,
): Promise<PayableInvoice[]> {
  const { rows } = await client.query<PayableInvoice>({
    name: 'invoice_payable',
    text: `select id, to_char(due_day, 'YYYY-MM-DD') as "dueDay", amount_cents - paid_cents as "owedCents"
      from mpesa.invoice where short_code = $1 and account_reference = $2 and state = 'open'
      order by id for update`,
    values: [shortCode, accountReference],
  });
  return rows;
}

/** What the payment settles, which its reversal must know. */
export async function markPaid(
  client: DatabaseClient,
  paymentId: string,
  parts: readonly { id: string; cents: bigint }[],
  now: Date,
): Promise<void> {
  await client.query({
    name: 'invoice_pay',
    text: `with part as (select * from unnest($1::uuid[], $2::bigint[]) as part (id, cents)),
      kept as (insert into mpesa.bill_part (payment_id, invoice_id, cents) select $4, id, cents from part)
      update mpesa.invoice invoice set paid_cents = paid_cents + part.cents,
        state = case when paid_cents + part.cents = amount_cents then 'paid' else 'open' end,
        closed_at = case when paid_cents + part.cents = amount_cents then $3::timestamptz end
      from part where invoice.id = part.id`,
    values: [parts.map(({ id }) => id), parts.map(({ cents }) => String(cents)), now, paymentId],
  });
}

export async function markNotified(
  client: DatabaseClient,
  id: string,
  overCents: bigint,
  now: Date,
): Promise<void> {
  await client.query({
    name: 'bill_payment_told',
    text: `update mpesa.bill_payment set state = 'told', told_at = $3, over_cents = $2 where id = $1`,
    values: [id, String(overCents), now],
  });
}

export interface DueReminder extends Reminded {
  readonly id: string;
  readonly msisdn: string;
  /** Whether the biller wants its customers reminded, as it is now. */
  readonly isWanted: boolean;
}

export async function lockReminders(
  client: DatabaseClient,
  now: Date,
  limit: number,
): Promise<DueReminder[]> {
  const { rows } = await client.query<DueReminder>({
    name: 'invoice_reminders_due',
    text: `select invoice.id, invoice.short_code as "shortCode", billed_msisdn as msisdn, billed_name as "billedName",
        invoice.name, to_char(due_day, 'YYYY-MM-DD') as "dueDay", account_reference as "accountReference",
        amount_cents - paid_cents as "owedCents", send_reminders as "isWanted",
        coalesce((select name from mpesa.organisation where short_code = invoice.short_code), invoice.short_code)
          as "payeeName"
      from mpesa.invoice invoice join mpesa.biller biller on biller.short_code = invoice.short_code
      where state = 'open' and next_reminder_at <= $1
      order by next_reminder_at limit $2 for update of invoice skip locked`,
    values: [now, limit],
  });
  return rows;
}

/** When each is due again; `undefined`: not any more. */
export async function scheduleReminders(
  client: DatabaseClient,
  reminders: readonly { id: string; at: Date | undefined }[],
): Promise<void> {
  await client.query({
    name: 'invoice_remind_next',
    text: `update mpesa.invoice invoice set next_reminder_at = next.at
      from unnest($1::uuid[], $2::timestamptz[]) as next (id, at) where invoice.id = next.id`,
    values: [reminders.map(({ id }) => id), reminders.map(({ at }) => at ?? null)],
  });
}
