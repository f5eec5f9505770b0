import type { JsonObject } from '../fields/field.ts';
import { written } from '../fields/field.ts';
import type { When } from './rule.ts';

/** What the conditions of a fault are held to, of one request. */
export interface Facts {
  readonly product: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the body; `undefined`: it was not read yet. */
  readonly body: JsonObject | undefined;
}

const SUBSCRIBER = /^254[17]\d{8}$/;
const SHORT_CODE = /^\d{5,7}$/;
/** Products name the same thing differently: a condition is held to each that a request has. */
const PARTIES = [
  'PhoneNumber',
  'PartyA',
  'PartyB',
  'Msisdn',
  'MSISDN',
  'msisdn',
  'customerNumber',
  'customerMsisdn',
  'ReceiverParty',
  'BusinessShortCode',
  'ShortCode',
  'shortcode',
  'shortCode',
  'primaryShortCode',
  'receiverShortCode',
  'billedPhoneNumber',
  'phoneNumber',
];
const AMOUNTS = ['Amount', 'amount', 'paidAmount'];
const REFERENCES = [
  'AccountReference',
  'accountReference',
  'BillRefNumber',
  'accountNumber',
  'OriginatorConversationID',
  'CheckoutRequestID',
  'TransactionID',
  'OriginalConversationID',
  'paymentRef',
  'RequestRefID',
  'RefNo',
  'StandingOrderName',
  'externalReference',
  'transactionId',
];

/** The fields of a body that a condition looks at; none: it is no condition on the body. */
export const fieldsOfCondition: Readonly<Record<keyof When, readonly string[]>> = {
  product: [],
  header: [],
  msisdn: PARTIES,
  shortCode: PARTIES,
  reference: REFERENCES,
  amount: AMOUNTS,
};

export function looksAtBody(when: When = {}): boolean {
  return Object.keys(when).some((key) => fieldsOfCondition[key as keyof When].length > 0);
}

/** Whether a request fulfils every condition. */
export function meets(when: When | undefined, { product, headers, body = {} }: Facts): boolean {
  if (when === undefined) return true;
  const values = (names: readonly string[]) => names.map((name) => written(body[name]).trim());
  const some = (names: readonly string[], fits: (value: string) => boolean) => values(names).some(fits);
  if (when.product !== undefined && ![when.product].flat().includes(product)) return false;
  const { msisdn, shortCode, reference, amount, header = {} } = when;
  if (msisdn !== undefined && !some(PARTIES, (value) => SUBSCRIBER.test(value) && like(msisdn, value)))
    return false;
  if (shortCode !== undefined && !some(PARTIES, (value) => SHORT_CODE.test(value) && value === shortCode))
    return false;
  if (reference !== undefined && !some(REFERENCES, (value) => value !== '' && like(reference, value)))
    return false;
  if (amount !== undefined && !some(AMOUNTS, (value) => isWithin(amount, value))) return false;
  return Object.entries(header).every(([name, wanted]) => {
    const shown = [headers[name.toLowerCase()] ?? []].flat();
    return shown.some((value) => like(wanted, value));
  });
}

function like(pattern: string, value: string): boolean {
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

function isWithin(range: string, value: string): boolean {
  const [from = Number.NaN, to = from] = range.split('-').map(Number);
  return value !== '' && Number(value) >= from && Number(value) <= to;
}

/**
 * What one payment is, however often it is asked for: what it says of who pays whom, how much and for what.
 */
export function identityOf({ product, body = {} }: Facts): string {
  const names = [...PARTIES, ...AMOUNTS, ...REFERENCES];
  return [product, ...names.map((name) => written(body[name]).trim())].join('\n');
}
