import { ksh } from '../../results/text.ts';
import type { Biller } from './billers/rows.ts';
import type { InvoiceFields, Reconciliation } from './fields.ts';

// What customers read. Texts are for people alone: no source shows them.

/** `15/9/2021` */
function onDay(day: string): string {
  return day.split('-').map(Number).toReversed().join('/');
}

export function invoiceText({ name, shortCode }: Biller, read: InvoiceFields): string {
  return (
    `Dear ${read.billedFullName}, ${name} sent you an invoice of ${ksh(read.amount)}: ${read.invoiceName}, ` +
    `${read.billedPeriod}, due on ${onDay(read.dueDate)}. Pay to ${shortCode}, account ${read.accountReference}.`
  );
}

export interface Reminded {
  readonly shortCode: string;
  readonly payeeName: string;
  readonly billedName: string;
  readonly name: string;
  readonly dueDay: string;
  readonly accountReference: string;
  readonly owedCents: bigint;
}

export function reminderText(reminded: Reminded, today: string): string {
  const { shortCode, payeeName, billedName, name, dueDay, accountReference, owedCents } = reminded;
  const when = dueDay === today ? 'today' : `on ${onDay(dueDay)}`;
  return (
    `Dear ${billedName}, ${ksh(owedCents)} for ${name} of ${payeeName} is due ${when}. ` +
    `Pay to ${shortCode}, account ${accountReference}.`
  );
}

export function receiptText({ name }: Biller, read: Reconciliation): string {
  return (
    `${read.transactionId} Receipt. Dear ${read.fullName}, ${name} received ${ksh(read.paidAmount)} for ` +
    `${read.invoiceName}, account ${read.accountReference}, on ${onDay(read.paymentDate)}.`
  );
}

/** To the customer of an invoice: what was paid for it went back. */
export function reopenedText(reopened: Reminded, receipt: string): string {
  const { shortCode, payeeName, billedName, name, dueDay, accountReference, owedCents } = reopened;
  return (
    `Dear ${billedName}, payment ${receipt} for ${name} of ${payeeName} was reversed: ${ksh(owedCents)} is owed, ` +
    `due on ${onDay(dueDay)}. Pay to ${shortCode}, account ${accountReference}.`
  );
}
