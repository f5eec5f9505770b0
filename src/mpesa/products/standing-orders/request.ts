import { Type } from 'typebox';
import { callbackUrl } from '../../fields/callback-url.ts';
import { choice } from '../../fields/choice.ts';
import { shortCode } from '../../fields/digits.ts';
import { type Field, optional, ruled, written } from '../../fields/field.ts';
import { form, type Read } from '../../fields/form/form.ts';
import { msisdn } from '../../fields/msisdn.ts';
import { wholeShillings } from '../../fields/shillings.ts';
import { text } from '../../fields/text.ts';
import { timestamp } from '../../fields/times/timestamp.ts';
import { identifierType } from '../../requests/acceptance/fields.ts';
import { type Day, type Every, everies } from './recurrence.ts';
import type { StandingOrderSettings } from './settings.ts';

type Ruled = { readonly standingOrders: StandingOrderSettings };

const byFrequency = {
  eight: ['once', 'daily', 'weekly', 'monthly', 'two-monthly', 'quarterly', 'half-yearly', 'yearly'],
  nine: everies,
} as const satisfies Record<StandingOrderSettings['frequencies'], readonly Every[]>;

const frequency: Field<Every, Ruled> = {
  schema: Type.String({ pattern: '^[1-9]$', description: '1 one-off, 2 daily, 3 weekly, 4 monthly, …' }),
  read(value, { standingOrders }) {
    const read = written(value).trim();
    return /^[1-9]$/.test(read) ? byFrequency[standingOrders.frequencies][Number(read) - 1] : undefined;
  },
};

/** `yyyymmdd`, a day that the calendar has. */
const day: Field<Day> = {
  schema: Type.String({ pattern: '^[0-9]{8}$', description: '`yyyymmdd`' }),
  read(value, settings) {
    const read = timestamp.read(`${written(value)}000000`, settings);
    return read && `${read.slice(0, 4)}-${read.slice(4, 6)}-${read.slice(6, 8)}`;
  },
};

/** One page has the first, misspelt, another the last; SDKs mend the first. */
const transactionTypes = [
  'Standing Order Customer Pay Bill',
  'Standing Order Customer Pay Marchant',
  'Standing Order Customer Pay Merchant',
  'Standing Order Pay Bill External Third Party',
  'Standing Order Pay Merchant External Third Party',
] as const;

const fields = {
  StandingOrderName: text(100),
  StartDate: day,
  EndDate: day,
  BusinessShortCode: shortCode,
  TransactionType: choice(transactionTypes),
  ReceiverPartyIdentifierType: identifierType('4', '2'),
  Amount: wholeShillings,
  PartyA: msisdn,
  CallBackURL: ruled(callbackUrl, ({ standingOrders }: Ruled) => standingOrders.callbackUrl),
  AccountReference: text(12),
  TransactionDesc: optional(text(13), ''),
  Frequency: frequency,
  /** An id of the caller's own, repeated in the callback. */
  CustomStoId: optional(text(100), ''),
};

export const orderRequest = form(fields, {
  spellings: { StandingOrderName: ['StandingOrderNameName'], CustomStoId: ['CustomstdoId', 'CustomstdoID'] },
});

export type OrderRequest = Read<typeof fields>;

export const orderSample = {
  StandingOrderName: 'Test Standing Order',
  StartDate: '20310105',
  EndDate: '20320105',
  BusinessShortCode: '174379',
  TransactionType: 'Standing Order Customer Pay Bill',
  ReceiverPartyIdentifierType: '4',
  Amount: '4500',
  PartyA: '254708374149',
  CallBackURL: 'https://shop.example.com/ratiba',
  AccountReference: 'Test',
  TransactionDesc: 'Test',
  Frequency: '2',
} as const;

/** Whether the type of the transaction says what the receiver is. */
export function isPayBill({ TransactionType }: Pick<OrderRequest, 'TransactionType'>): boolean {
  return TransactionType.includes('Pay Bill');
}

export const orderAnswer = Type.Object({
  ResponseHeader: Type.Object({
    responseRefID: Type.String(),
    responseCode: Type.String({ description: 'As HTTP has it, as text.' }),
    responseDescription: Type.String(),
    ResultDesc: Type.String(),
  }),
  ResponseBody: Type.Object({ responseDescription: Type.String(), responseCode: Type.String() }),
});
