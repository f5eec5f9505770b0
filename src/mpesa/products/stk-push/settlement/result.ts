import type { Callback } from '../../../../delivery/types.ts';
import type { Sms } from '../../../../handset/sms.ts';
import { eatSms, eatTimestamp } from '../../../fields/times/east-africa-time.ts';
import { refusedText } from '../../../payments/settlement/sms.ts';
import { decimal, ksh } from '../../../results/text.ts';
import type { StkResult } from '../results.ts';
import type { StkSettings } from '../settings.ts';
import type { OpenPush } from './rows.ts';

/** How a push ended. */
export interface Resolution {
  push: OpenPush;
  result: StkResult;
  at: Date;
  callbackDueAt: Date;
  /** Of a payment. */
  payment?: Payment;
}

export interface Payment {
  receipt: string;
  at: Date;
  /** What the customer has now, and what the payment cost besides its amount. */
  balanceCents: bigint;
  feeCents: bigint;
  balanceItem: StkSettings['balanceItem'];
}

/** Whose payment a callback is of. */
export const SHORT_CODE_HEADER = 'Businessshortcode';

/**
 * The callback, to the letter of the vendor's: numbers where it has numbers, the items in its order, metadata
 * on success alone.
 */
export function resultCallback({ push, result, callbackDueAt, payment }: Resolution): Callback {
  const fields = [
    `"MerchantRequestID":${JSON.stringify(push.merchantRequestId)}`,
    `"CheckoutRequestID":${JSON.stringify(push.checkoutRequestId)}`,
    `"ResultCode":${JSON.stringify(result.code)}`,
    `"ResultDesc":${JSON.stringify(result.callback)}`,
  ];
  if (payment !== undefined) fields.push(`"CallbackMetadata":{"Item":[${items(push, payment).join(',')}]}`);
  return {
    id: push.id,
    url: push.callbackUrl,
    headers: { [SHORT_CODE_HEADER]: push.shortCode },
    body: `{"Body":{"stkCallback":{${fields.join(',')}}}}`,
    dueAt: callbackDueAt,
  };
}

/** As text, because the vendor writes an amount as the number `1.00`. */
function items(push: OpenPush, payment: Payment): string[] {
  const { receipt, at } = payment;
  return [
    `{"Name":"Amount","Value":${decimal(push.amountCents)}}`,
    `{"Name":"MpesaReceiptNumber","Value":"${receipt}"}`,
    ...balanceItems(payment),
    `{"Name":"TransactionDate","Value":${eatTimestamp(at.getTime())}}`,
    `{"Name":"PhoneNumber","Value":${push.msisdn}}`,
  ];
}

function balanceItems({ balanceItem, balanceCents }: Payment): string[] {
  switch (balanceItem) {
    case 'without_value':
      return ['{"Name":"Balance"}'];
    case 'left_out':
      return [];
    case 'number':
      return [`{"Name":"Balance","Value":${decimal(balanceCents)}}`];
    default:
      return balanceItem satisfies never;
  }
}

/** The text to the customer; `undefined`: the phone gets none for this result. */
export function resultSms(resolution: Resolution): Sms | undefined {
  const { push, at } = resolution;
  const text = smsText(resolution);
  return text === undefined ? undefined : { id: push.id, msisdn: push.msisdn, text, at };
}

function smsText({ push, result, payment }: Resolution): string | undefined {
  const amount = ksh(push.amountCents);
  if (payment !== undefined) {
    const { receipt, at, balanceCents, feeCents } = payment;
    return (
      `${receipt} Confirmed. ${amount} ${push.payeeKind === 'till' ? 'paid' : 'sent'} to ${payee(push)} ` +
      `on ${eatSms(at.getTime())} New M-PESA balance is ${ksh(balanceCents)}. Transaction cost, ${ksh(feeCents)}.`
    );
  }
  return refusedText(result, amount, payee(push));
}

/** What the screen asks. */
export function promptText(push: OpenPush): string {
  return `Do you want to pay ${ksh(push.amountCents)} to ${payee(push, 'Account no.')}? Enter M-PESA PIN:`;
}

function payee({ payeeKind, payeeName, partyB, accountReference }: OpenPush, label = 'for account'): string {
  const name = payeeName ?? partyB;
  return payeeKind === 'till' ? name : `${name} ${label} ${accountReference}`;
}
