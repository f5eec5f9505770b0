import { insertSms } from '../../../../handset/sms.ts';
import { type Database, type DatabaseClient, inTransaction } from '../../../../platform/database/database.ts';
import { newId } from '../../../../platform/ids.ts';
import { nextReminder } from '../invoices/reminders.ts';
import type { BillManagerSettings } from '../settings.ts';
import { type Reminded, reopenedText } from '../texts.ts';

/** The reversal of a payment that settled bills. */
interface Reversal {
  readonly paymentId: string;
  /** Of the payment. */
  readonly receipt: string;
  readonly amountCents: bigint;
  /** What no invoice took of the payment. */
  readonly overCents: bigint;
}

/** What the payment settled of an invoice, and the invoice. `owedCents`: as it is now. */
interface Settled extends Reminded {
  readonly id: string;
  readonly cents: bigint;
  readonly msisdn: string;
}

/**
 * Opens again what the oldest reversed payment had settled; false: there is none. What went back is first
 * what no invoice took, then what is due last: the opposite of how it was shared, a default taken. The
 * customers read that they owe again, and are reminded again. Once, because all of it commits with the
 * reversal's row.
 */
export function reopenOne(
  database: Database,
  { at, rules }: { at: Date; rules: BillManagerSettings },
): Promise<boolean> {
  return inTransaction(database, async (client) => {
    const reversal = await lockReversal(client);
    if (reversal === undefined) return false;
    const reopened = takenBack(reversal, await lockSettled(client, reversal));
    if (reopened.length > 0) {
      await open(client, reversal, reopened, { at, rules });
      await insertSms(
        client,
        reopened.map((invoice) => {
          return { id: newId(), msisdn: invoice.msisdn, text: reopenedText(invoice, reversal.receipt), at };
        }),
      );
    }
    await client.query({
      name: 'bill_reversal_settled',
      text: 'update mpesa.bill_reversal set settled_at = $2 where payment_id = $1',
      values: [reversal.paymentId, at],
    });
    return true;
  });
}

/** A payment that its biller was not notified of yet has settled nothing yet: it comes first. */
async function lockReversal(client: DatabaseClient): Promise<Reversal | undefined> {
  const { rows } = await client.query<Reversal>({
    name: 'bill_reversal_due',
    text: `select reversal.payment_id as "paymentId", payment.receipt, reversal.amount_cents as "amountCents",
        payment.over_cents as "overCents"
      from mpesa.bill_reversal reversal join mpesa.bill_payment payment on payment.id = reversal.payment_id
      where settled_at is null and payment.state = 'told'
      order by reversed_at limit 1 for update of reversal skip locked`,
  });
  return rows[0];
}

/** In the order of ids, as all code that locks several invoices does. */
async function lockSettled(client: DatabaseClient, { paymentId }: Reversal): Promise<Settled[]> {
  const { rows } = await client.query<Settled>({
    name: 'bill_reversal_parts',
    text: `select invoice.id, part.cents, invoice.short_code as "shortCode", billed_msisdn as msisdn,
        billed_name as "billedName", invoice.name, to_char(due_day, 'YYYY-MM-DD') as "dueDay",
        account_reference as "accountReference", amount_cents - paid_cents as "owedCents",
        coalesce((select name from mpesa.organisation where short_code = invoice.short_code), invoice.short_code)
          as "payeeName"
      from mpesa.bill_part part join mpesa.invoice invoice on invoice.id = part.invoice_id
      where part.payment_id = $1 order by invoice.id for update of invoice`,
    values: [paymentId],
  });
  return rows;
}

/** Of each invoice what is to be taken back, with what is owed afterwards. */
function takenBack({ amountCents, overCents }: Reversal, settled: readonly Settled[]): Settled[] {
  let left = amountCents - (overCents < amountCents ? overCents : amountCents);
  const taken: Settled[] = [];
  for (const part of settled.toSorted(byDueDay).toReversed()) {
    const cents = part.cents < left ? part.cents : left;
    if (cents === 0n) break;
    taken.push({ ...part, cents, owedCents: part.owedCents + cents });
    left -= cents;
  }
  return taken.toReversed();
}

/** As payments settle them; ids are in the order of sending. */
export function byDueDay(
  one: { readonly dueDay: string; readonly id: string },
  other: { readonly dueDay: string; readonly id: string },
): number {
  return one.dueDay === other.dueDay ? (one.id < other.id ? -1 : 1) : one.dueDay < other.dueDay ? -1 : 1;
}

async function open(
  client: DatabaseClient,
  { paymentId }: Reversal,
  reopened: readonly Settled[],
  { at, rules }: { at: Date; rules: BillManagerSettings },
): Promise<void> {
  await client.query({
    name: 'invoice_reopen',
    text: `with part as (
        select * from unnest($2::uuid[], $3::bigint[], $4::timestamptz[]) as part (id, cents, remind_at)),
      marked as (
        update mpesa.bill_part kept set reversed_cents = part.cents
        from part where kept.payment_id = $1 and kept.invoice_id = part.id)
      update mpesa.invoice invoice set paid_cents = paid_cents - part.cents, state = 'open', closed_at = null,
        next_reminder_at = part.remind_at
      from part where invoice.id = part.id`,
    values: [
      paymentId,
      reopened.map(({ id }) => id),
      reopened.map(({ cents }) => String(cents)),
      reopened.map(({ dueDay }) => nextReminder(dueDay, at.getTime(), rules) ?? null),
    ],
  });
}
