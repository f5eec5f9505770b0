import type { Callback } from '../../../delivery/types.ts';
import type { Sms } from '../../../handset/sms.ts';
import { ksh } from '../../results/text.ts';
import type { Every } from './recurrence.ts';
import type { Decision, Order } from './rows.ts';
import type { StandingOrderSettings } from './settings.ts';

/**
 * Written in lower case, though the acknowledgement has capitals: so the page's sample has it. What a failure
 * has for TransactionID is a default taken.
 */
export function orderCallback(
  { id, ref, msisdn, callbackUrl }: Order,
  { result, at, receipt }: Decision,
  { callbackCase }: StandingOrderSettings,
): Callback {
  const key = (name: string) =>
    callbackCase === 'upper' ? name.charAt(0).toUpperCase() + name.slice(1) : name;
  const code = String(result.code);
  const datum = (name: string, value: string) => ({ [key('name')]: name, [key('value')]: value });
  const body = {
    [key('responseHeader')]: {
      responseRefID: ref,
      requestRefID: ref,
      responseCode: code,
      responseDescription: result.callback,
    },
    [key('responseBody')]: {
      [key('responseData')]: [
        datum('TransactionID', receipt),
        datum('responseCode', code),
        datum('Status', code === '0' ? 'OKAY' : 'ERROR'),
        datum('Msisdn', `254******${msisdn.slice(-3)}`),
      ],
    },
  };
  return { id, url: callbackUrl, headers: {}, body: JSON.stringify(body), dueAt: at };
}

const often: Readonly<Record<Every, string>> = {
  once: 'once',
  daily: 'daily',
  weekly: 'weekly',
  'two-weekly': 'every two weeks',
  monthly: 'monthly',
  'two-monthly': 'every two months',
  quarterly: 'quarterly',
  'half-yearly': 'half-yearly',
  yearly: 'yearly',
};

/** What the screen asks; over 182 characters it cannot be sent (1025). */
export function orderPrompt(order: Order): string {
  return `Do you want to pay ${ksh(order.amountCents)} ${often[order.every]} to ${payee(order)} from ${order.startDay} to ${order.endDay}? Enter M-PESA PIN:`;
}

/** The text to the customer when the order stands. */
export function orderText(order: Order, { at, receipt }: Decision): Sms {
  const text = `${receipt} Confirmed. Your standing order ${order.name} pays ${ksh(order.amountCents)} ${often[order.every]} to ${payee(order)} until ${order.endDay}.`;
  return { id: order.id, msisdn: order.msisdn, text, at };
}

function payee({ payeeName, shortCode, kind, accountReference }: Order): string {
  const name = payeeName ?? shortCode;
  return kind === 'buy_goods' ? name : `${name} account ${accountReference}`;
}
