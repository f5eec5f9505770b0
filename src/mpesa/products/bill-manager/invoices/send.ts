import { insertSms } from '../../../../handset/sms.ts';
import type { DatabaseClient } from '../../../../platform/database/database.ts';
import { ownRefusal } from '../../../api/errors/forms.ts';
import { done } from '../answers.ts';
import { type BillDependencies, forBiller, Refused } from '../billers/for-biller.ts';
import type { Biller } from '../billers/rows.ts';
import { billErrors, unmoved } from '../errors.ts';
import type { InvoiceFields } from '../fields.ts';
import { invoiceText } from '../texts.ts';
import { nextReminder } from './reminders.ts';
import { changeInvoices, insertInvoices, lockInvoices, type SentInvoice } from './rows.ts';

type Bulk = { readonly bulk: readonly InvoiceFields[] };

const SENT = { Status_Message: 'Invoice sent successfully', ...done };
/** A default taken: no source has it. */
const CHANGED = { Status_Message: 'Invoice updated successfully', ...done };

/** `POST /v1/billmanager-invoice/single-invoicing` */
export function singleInvoicing(deps: BillDependencies) {
  const send = sending(deps);
  return forBiller<InvoiceFields>(deps, (client, biller, read) => send(client, biller, [read]));
}

/** `POST /v1/billmanager-invoice/bulk-invoicing`: all of them, or none; a default taken. */
export function bulkInvoicing(deps: BillDependencies) {
  const send = sending(deps);
  return forBiller<Bulk>(deps, (client, biller, { bulk }) => send(client, biller, bulk));
}

/** `POST /v1/billmanager-invoice/change-invoice`: an invoice by its reference becomes what is sent. */
export function changeInvoice(deps: BillDependencies) {
  const change = changing(deps);
  return forBiller<InvoiceFields>(deps, (client, biller, read) => change(client, biller, [read]));
}

/** `POST /v1/billmanager-invoice/change-invoices` */
export function changeBulk(deps: BillDependencies) {
  const change = changing(deps);
  return forBiller<Bulk>(deps, (client, biller, { bulk }) => change(client, biller, bulk));
}

/** The invoices and the texts that tell of them commit together. */
function sending({ clock, newId, settings }: BillDependencies) {
  return async (client: DatabaseClient, biller: Biller, reads: readonly InvoiceFields[]) => {
    const nowMs = clock.now();
    const invoices = reads.map((read): SentInvoice => {
      const nextReminderAt = nextReminder(read.dueDate, nowMs, settings().billManager);
      return { id: newId(), read, nextReminderAt };
    });
    const written = await insertInvoices(client, biller, invoices, new Date(nowMs));
    if (written < invoices.length) throw new Refused(ownRefusal(billErrors.duplicate));
    await tell(client, biller, invoices, { newId, at: new Date(nowMs) });
    return SENT;
  };
}

/** The customer gets another text: a default taken. */
function changing({ clock, newId, settings }: BillDependencies) {
  return async (client: DatabaseClient, biller: Biller, reads: readonly InvoiceFields[]) => {
    const nowMs = clock.now();
    const byReference = new Map(reads.map((read) => [read.externalReference, read]));
    const locked = await lockInvoices(client, biller, [...byReference.keys()]);
    if (locked.length < byReference.size) throw new Refused(unmoved(billErrors.noInvoice));
    if (locked.some(({ paidCents }) => paidCents > 0n)) throw new Refused(unmoved(billErrors.paidUnchanged));
    const invoices = locked.flatMap(({ id, externalReference }): SentInvoice[] => {
      const read = byReference.get(externalReference);
      if (read === undefined) return [];
      return [{ id, read, nextReminderAt: nextReminder(read.dueDate, nowMs, settings().billManager) }];
    });
    await changeInvoices(client, biller, invoices);
    await tell(client, biller, invoices, { newId, at: new Date(nowMs) });
    return CHANGED;
  };
}

async function tell(
  client: DatabaseClient,
  biller: Biller,
  invoices: readonly SentInvoice[],
  { newId, at }: { newId: () => string; at: Date },
): Promise<void> {
  await insertSms(
    client,
    invoices.map(({ read }) => {
      return { id: newId(), msisdn: read.billedPhoneNumber, text: invoiceText(biller, read), at };
    }),
  );
}
