import type { Database, DatabaseClient } from '../../../../platform/database/database.ts';
import type { Biller } from '../billers/rows.ts';
import type { InvoiceFields } from '../fields.ts';

type Queryable = Database | DatabaseClient;

/** An invoice that is sent, or sent again. */
export interface SentInvoice {
  readonly id: string;
  readonly read: InvoiceFields;
  readonly nextReminderAt: Date | undefined;
}

const columns = [
  'billed_name',
  'billed_msisdn',
  'billed_period',
  'name',
  'due_day',
  'account_reference',
  'amount_cents',
  'items',
  'next_reminder_at',
].join(', ');

const unnested = `unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[], $9::text[],
    $10::bigint[], $11::jsonb[], $12::timestamptz[])
  as sent (id, external_reference, ${columns})`;

function valuesOf(invoices: readonly SentInvoice[]): unknown[] {
  const column = (of: (invoice: SentInvoice) => unknown) => invoices.map(of);
  return [
    column(({ id }) => id),
    column(({ read }) => read.externalReference),
    column(({ read }) => read.billedFullName),
    column(({ read }) => read.billedPhoneNumber),
    column(({ read }) => read.billedPeriod),
    column(({ read }) => read.invoiceName),
    column(({ read }) => read.dueDate),
    column(({ read }) => read.accountReference),
    column(({ read }) => String(read.amount)),
    column(({ read }) => JSON.stringify(read.invoiceItems.map(itemOf))),
    column(({ nextReminderAt }) => nextReminderAt ?? null),
  ];
}

const itemOf = ({ itemName, amount }: InvoiceFields['invoiceItems'][number]) => {
  return { itemName, cents: Number(amount) };
};

/** How many were written: fewer than there are where a reference is taken, or is there twice. */
export async function insertInvoices(
  client: DatabaseClient,
  { shortCode }: Biller,
  invoices: readonly SentInvoice[],
  now: Date,
): Promise<number> {
  const { rowCount } = await client.query({
    name: 'invoice_insert',
    text: `insert into mpesa.invoice (short_code, sent_at, id, external_reference, ${columns})
      select $1, $13::timestamptz, sent.* from ${unnested} on conflict do nothing`,
    values: [shortCode, ...valuesOf(invoices), now],
  });
  return rowCount ?? 0;
}

export interface LockedInvoice {
  readonly id: string;
  readonly externalReference: string;
  readonly paidCents: bigint;
}

/** Those of these references that are there, and nobody else's until the end of the transaction. */
export async function lockInvoices(
  client: DatabaseClient,
  { shortCode }: Biller,
  references: readonly string[],
): Promise<LockedInvoice[]> {
  const { rows } = await client.query<LockedInvoice>({
    name: 'invoice_lock',
    text: `select id, external_reference as "externalReference", paid_cents as "paidCents" from mpesa.invoice
      where short_code = $1 and external_reference = any($2) and state <> 'cancelled' order by id for update`,
    values: [shortCode, references],
  });
  return rows;
}

/** Of invoices that are locked, and of which nothing is paid. */
export async function cancelInvoices(database: Queryable, ids: readonly string[], now: Date): Promise<void> {
  await database.query({
    name: 'invoice_cancel',
    text: `update mpesa.invoice set state = 'cancelled', closed_at = $2 where id = any($1)`,
    values: [ids, now],
  });
}

/** The same; each is found by its id. */
export async function changeInvoices(
  database: Queryable,
  { shortCode }: Biller,
  invoices: readonly SentInvoice[],
): Promise<void> {
  await database.query({
    name: 'invoice_change',
    text: `update mpesa.invoice invoice set (${columns}) = (select ${columns
      .split(', ')
      .map((name) => `sent.${name}`)
      .join(', ')})
      from ${unnested} where invoice.id = sent.id and invoice.short_code = $1`,
    values: [shortCode, ...valuesOf(invoices)],
  });
}
