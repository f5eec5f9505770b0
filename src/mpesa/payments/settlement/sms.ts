import type { Sms } from '../../../handset/sms.ts';
import { eatSms } from '../../fields/times/east-africa-time.ts';
import { derivedId } from '../../identifiers/derived-id.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import { stkResults } from '../../products/stk-push/results.ts';
import type { Result } from '../../results/codes.ts';
import { ksh } from '../../results/text.ts';
import { paymentResults } from '../results.ts';
import type { NumberedPayment, OpenPayment } from '../types.ts';

/** Money that moved, as its texts tell it. */
export interface Paid {
  readonly at: Date;
  /** What payer and payee have now. */
  readonly payerCents: bigint;
  readonly payeeCents: bigint;
  readonly feeCents: bigint;
}

/** What payer and payee read of a payment that went through. Texts are for people alone. */
export function paidTexts(payment: NumberedPayment, paid: Paid): Sms[] {
  const { id, msisdn, payee, kind } = payment;
  const { at } = paid;
  const texts = [{ id, msisdn, text: payerText(payment, paid), at }];
  if (kind !== 'send_money' && kind !== 'pochi') return texts;
  return [...texts, { id: derivedId('received', id), msisdn: payee, text: payeeText(payment, paid), at }];
}

/** What the payer reads of one that did not; `undefined`: nothing. */
export function unpaidText(payment: OpenPayment, result: Result, at: Date): Sms | undefined {
  const { id, msisdn, amountCents } = payment;
  const text = refusedText(result, ksh(amountCents), payeeOf(payment));
  return text === undefined ? undefined : { id, msisdn, text, at };
}

function payerText(payment: NumberedPayment, { at, payerCents, feeCents }: Paid): string {
  const { receipt, kind, payee } = payment;
  const amount = ksh(payment.amountCents);
  const when = eatSms(at.getTime());
  const balance = `New M-PESA balance is ${ksh(payerCents)}. Transaction cost, ${ksh(feeCents)}.`;
  if (kind === 'withdraw')
    return `${receipt} Confirmed. on ${when} Withdraw ${amount} from ${payee} - ${payeeOf(payment)} ${balance}`;
  const verb = kind === 'buy_goods' ? 'paid' : 'sent';
  return `${receipt} Confirmed. ${amount} ${verb} to ${payeeOf(payment)} on ${when} ${balance}`;
}

function payeeText(
  { receipt, kind, msisdn, amountCents }: NumberedPayment,
  { at, payeeCents }: Paid,
): string {
  const balance = kind === 'pochi' ? 'New business balance is' : 'New M-PESA balance is';
  return (
    `${receipt} Confirmed. You have received ${ksh(amountCents)} from ${person(msisdn)} ` +
    `on ${eatSms(at.getTime())} ${balance} ${ksh(payeeCents)}.`
  );
}

function payeeOf({ kind, payee, payeeName, accountReference }: OpenPayment): string {
  switch (kind) {
    case 'pay_bill':
      return `${payeeName ?? payee} for account ${accountReference}`;
    case 'buy_goods':
    case 'withdraw':
      return payeeName ?? payee;
    case 'send_money':
      return person(payee);
    case 'pochi':
      return subscriberOf(payee).name.toUpperCase();
    default:
      return kind satisfies never;
  }
}

function person(msisdn: string): string {
  return `${subscriberOf(msisdn).name.toUpperCase()} 0${msisdn.slice(3)}`;
}

/**
 * Why no money moved, for the phone of who wanted to pay; `undefined`: the phone gets no text for this
 * result.
 */
export function refusedText(result: Result, amount: string, payee: string): string | undefined {
  switch (result) {
    case stkResults.insufficientFunds:
      return `Failed. You have insufficient funds in your M-PESA account to pay ${amount} to ${payee}.`;
    case stkResults.belowMinimum:
      return `Failed. ${amount} is less than the minimum amount you can pay to ${payee}.`;
    case stkResults.aboveMaximum:
      return `Failed. ${amount} is more than the maximum amount per transaction.`;
    case stkResults.overDailyLimit:
      return `Failed. Paying ${amount} would exceed the amount you can transact within the day.`;
    case stkResults.overMaximumBalance:
      return `Failed. ${payee} cannot receive ${amount} now.`;
    case stkResults.repeatedAmount:
      return `Failed. You have just paid ${amount} to ${payee}. Wait a while before you repeat the payment.`;
    case stkResults.wrongPin:
      return 'Failed. You have entered the wrong M-PESA PIN.';
    case stkResults.pinLocked:
      return 'Failed. Your M-PESA PIN is locked.';
    case paymentResults.noPayee:
      return `Failed. ${payee} does not exist. Check the number and try again.`;
    case paymentResults.unregistered:
      return `Failed. ${payee} is not registered on M-PESA.`;
    case paymentResults.invalidMsisdn:
      return `Failed. ${payee} does not accept payments from your number.`;
    case paymentResults.invalidAccount:
      return `Failed. You have entered a wrong account number. ${amount} was not sent to ${payee}.`;
    case paymentResults.invalidAmount:
      return `Failed. You have entered a wrong amount. ${amount} was not sent to ${payee}.`;
    case paymentResults.invalidKyc:
      return `Failed. ${payee} could not confirm who you are.`;
    case paymentResults.invalidShortCode:
      return `Failed. You have entered a wrong business number. ${amount} was not sent to ${payee}.`;
    case paymentResults.otherError:
    case paymentResults.notValidated:
      return `Failed. ${payee} did not accept your payment of ${amount}. Try again later.`;
    default:
      return undefined;
  }
}
