import { Type } from 'typebox';
import { callbackUrl } from '../../fields/callback-url.ts';
import { shortCode } from '../../fields/digits.ts';
import { type Field, optional, ruled, written } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { list, nested } from '../../fields/form/nested.ts';
import { localMsisdn } from '../../fields/local-msisdn.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { timestamp } from '../../fields/times/timestamp.ts';
import type { Ruled } from './settings.ts';

/** Invoices of one request. */
export const MAX_BULK = 1_000;
/** An image in base64, as the page has it; what is in it nobody looks at. */
const LOGO_CHARS = 200_000;
const MAX_ITEMS = 100;

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * A day, `YYYY-MM-DD`, with a time behind it or without. The page's samples have `2021-10-12` and
 * `2021-09-15 00:00:00.00`, clients send ISO 8601 too; the time says nothing. (The list of errors on the page
 * asks for `yymmdd`, which no sample has: a default taken.)
 */
export const day: Field<string> = {
  schema: Type.String({ pattern: DATE.source, description: '`YYYY-MM-DD`, or `YYYY-MM-DD HH:mm:ss`' }),
  read(value, settings) {
    const [, year, month, date, ...time] = DATE.exec(written(value)) ?? [];
    const digits = [year, month, date, ...time.map((part = '00') => part)].join('');
    return timestamp.read(digits, settings) && `${year}-${month}-${date}`;
  },
};

/** `0` or `1`; the page calls it Boolean. */
const reminders: Field<boolean> = {
  schema: Type.String({ pattern: '^[01]$', description: '`1`: customers are reminded; `0`: they are not.' }),
  read(value) {
    if (typeof value === 'boolean') return value;
    const read = written(value);
    return read === '1' ? true : read === '0' ? false : undefined;
  },
};

const address = text(254);
const email: Field<string> = {
  schema: Type.String({ format: 'email', maxLength: 254 }),
  read(value, settings) {
    const read = address.read(value, settings);
    return read !== undefined && /^[^\s@]+@[^\s@]+$/.test(read) ? read : undefined;
  },
};

const contact = { shortcode: shortCode, email, officialContact: localMsisdn, sendReminders: reminders };
const logo = optional(text(LOGO_CHARS), '');
const called = ruled(callbackUrl, ({ billManager }: Ruled) => billManager.callbackUrl);
const spellings = { shortcode: ['ShortCode', 'shortCode'], callbackurl: ['callbackUrl', 'callbackURL'] };

export const optInRequest = form({ ...contact, logo, callbackurl: called }, { spellings });
/** What is left out stays as it is. */
export const changeOptInRequest = form(
  { ...contact, logo, callbackurl: optional(called, '') },
  { spellings },
);
export type OptIn = Read<typeof contact> & { readonly logo: string; readonly callbackurl: string };

const item = { itemName: text(100), amount: wholeShillings };

const invoice = {
  externalReference: text(100),
  billedFullName: text(100),
  billedPhoneNumber: localMsisdn,
  billedPeriod: text(50),
  invoiceName: text(100),
  dueDate: day,
  accountReference: text(100),
  amount: wholeShillings,
  invoiceItems: optional(list(nested(form(item)), MAX_ITEMS, 0), []),
};

export const invoiceRequest = form(invoice);
export type InvoiceFields = Read<typeof invoice>;

/** The page says "in the `bulk` array" and shows a list alone; clients send either. */
export const invoicesRequest = form(
  { bulk: list(nested(invoiceRequest), MAX_BULK) },
  { bare: 'bulk', spellings: { bulk: ['invoices'] } },
);

export const cancelRequest = form({ externalReference: text(100) });
export const cancelsRequest = form({ bulk: list(nested(cancelRequest), MAX_BULK) }, { bare: 'bulk' });

const acknowledged = {
  paymentDate: day,
  paidAmount: wholeShillings,
  accountReference: text(100),
  transactionId: text(20),
  phoneNumber: localMsisdn,
  fullName: text(100),
  invoiceName: text(100),
  externalReference: optional(text(100), ''),
};
export const reconciliationRequest = form(acknowledged);
export type Reconciliation = Read<typeof acknowledged>;
