import { enqueueCallback } from '../../../delivery/outbox/enqueue.ts';
import type { Claim } from '../../../delivery/outbox/handover.ts';
import type { Callback } from '../../../delivery/types.ts';
import { smsCompanion } from '../../../handset/sms.ts';
import type { AccountId, Companion, Entry, Transfer, Verdict } from '../../../ledger/types.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import type { WalletTerms } from '../../parties/accounts/wallet-terms.ts';
import { chargeTransfers } from '../../parties/charges/charges.ts';
import { chargesOn } from '../../parties/charges/customer-charges.ts';
import { chargeOf, chargeOn, type DatedTariff } from '../../parties/charges/tariff.ts';
import { sentOnDay } from '../../parties/limits.ts';
import { subscriberOf } from '../../parties/subscribers.ts';
import { notification } from '../../products/c2b/notification.ts';
import type { StkSettings } from '../../products/stk-push/settings.ts';
import type { Result } from '../../results/codes.ts';
import { refusedPayment } from '../../results/verdict.ts';
import { transactionCompanion } from '../../transactions/companion.ts';
import { resultRow } from '../../work-queue/rows.ts';
import { customerTransfers } from '../customer-money.ts';
import { aboutCustomerPayment } from '../log-fields.ts';
import { paymentResults } from '../results.ts';
import type { NumberedPayment, OpenPayment, PaymentKind } from '../types.ts';
import { resolvePaying } from './rows.ts';
import { type Paid, paidTexts, unpaidText } from './sms.ts';

/** What holds for a customer who pays, whichever way: the rules of STK push. */
export type CustomerRules = Pick<
  StkSettings,
  'minAmountShillings' | 'maxAmountShillings' | 'dailyLimitShillings' | 'customerTariff'
> & {
  /** What a payment of a standing order costs the merchant. */
  readonly standingOrderTariffs: DatedTariff;
};

export interface Posting {
  readonly entry: Entry;
  /** Of the verdict. `undefined`: the id was spent on another posting, which has resolved the payment. */
  readonly outcome: () => Outcome | undefined;
}

/** What a verdict makes public. */
export interface Outcome {
  readonly result: Result;
  readonly confirmation?: Callback;
}

/**
 * The money of a payment, and its fee. Ids follow from the payment's, so posting it again is the same
 * posting; result, confirmation (with its `claim`), texts and the row of its receipt commit with the verdict.
 */
export function paymentPosting(
  payment: NumberedPayment,
  rules: CustomerRules,
  terms: WalletTerms | undefined,
  now: Date,
  claim?: Claim,
): Posting {
  const { id, msisdn, amountCents, acceptedAt } = payment;
  const feeCents = feeOf(payment, rules);
  const transfers = customerTransfers({
    id,
    msisdn,
    credit: creditOf(payment),
    amountCents,
    feeCents,
    code: codes[payment.kind],
    today: sentOnDay(msisdn, acceptedAt.getTime(), rules, terms),
  });
  let outcome: Outcome | undefined;
  const resultOf = (verdict: Verdict): Result | undefined => {
    if (verdict.applied) return paymentResults.paid;
    const refused = refusedPayment(verdict.reason);
    return refused && paymentResults[refused];
  };
  return {
    entry: {
      about: aboutCustomerPayment(payment),
      transfers: [...transfers, ...merchantCharge(payment, rules)],
      companions(verdict) {
        const result = resultOf(verdict);
        outcome = result && { result };
        if (result === undefined) return [];
        const resolved = { statement: resolvePaying, row: resultRow(id, result, now) };
        if (!verdict.applied) return [resolved, ...unpaidCompanions(payment, result, now)];
        const paid = paidOf(verdict, feeCents, now);
        const confirmation = confirmationOf(payment, paid);
        if (confirmation === undefined) return [resolved, ...paidCompanions(payment, paid)];
        outcome = { result, confirmation };
        return [resolved, ...paidCompanions(payment, paid), enqueueCallback(confirmation, claim)];
      },
    },
    outcome: () => outcome,
  };
}

/** Of a standing order, which the merchant asked for; what customers pay by themselves costs it nothing. */
function merchantCharge(
  { id, source, payee, payeeHeadOffice, amountCents, acceptedAt }: NumberedPayment,
  { standingOrderTariffs }: CustomerRules,
): Transfer[] {
  if (source !== 'standing-order') return [];
  const chargeCents = chargeOn(acceptedAt.getTime(), amountCents, standingOrderTariffs);
  return chargeTransfers({ id, code: 'standing-order.payment' }, payeeHeadOffice ?? payee, chargeCents);
}

/** What a payment costs the customer besides its amount. */
export function feeOf(
  { kind, amountCents, acceptedAt }: OpenPayment,
  { customerTariff }: Pick<CustomerRules, 'customerTariff'>,
): bigint {
  const { send, withdraw } = chargesOn(acceptedAt.getTime());
  switch (kind) {
    case 'pay_bill':
    case 'buy_goods':
      return chargeOf(amountCents, customerTariff);
    case 'send_money':
    case 'pochi':
      return chargeOf(amountCents, send);
    case 'withdraw':
      return chargeOf(amountCents, withdraw);
    default:
      return kind satisfies never;
  }
}

/** Whose money it becomes. A till's is its head office's, as that of STK push. */
export function creditOf({ kind, payee, payeeHeadOffice }: OpenPayment): AccountId {
  switch (kind) {
    case 'pay_bill':
    case 'buy_goods':
      return accounts.organisation(payeeHeadOffice ?? payee, 'utility');
    case 'send_money':
      return accounts.customer(payee);
    case 'pochi':
      return accounts.pochi(payee);
    case 'withdraw':
      return accounts.organisation(payee, 'float');
    default:
      return kind satisfies never;
  }
}

const codes: Record<PaymentKind, string> = {
  pay_bill: 'c2b',
  buy_goods: 'c2b',
  send_money: 'send-money',
  pochi: 'pochi',
  withdraw: 'withdrawal',
};

/** As text; defaults taken: no source shows those of all. */
const reasonTypes: Record<PaymentKind, string> = {
  pay_bill: 'Pay Bill',
  buy_goods: 'Customer Merchant Payment',
  send_money: 'Customer Transfer',
  pochi: 'Customer Payment to Small Business',
  withdraw: 'Customer Withdrawal',
};

/** The payer's transfers come first: the payment and, where there is one, its fee. */
function paidOf(verdict: Verdict & { applied: true }, feeCents: bigint, at: Date): Paid {
  const payerCents = verdict.debitAfterCents[feeCents === 0n ? 0 : 1];
  const [payeeCents] = verdict.creditAfterCents;
  if (payerCents === undefined || payeeCents === undefined) throw new Error('a payment has no balances');
  return { at, payerCents, payeeCents, feeCents };
}

/** `undefined`: nobody wants to be told. */
function confirmationOf(payment: NumberedPayment, paid: Paid): Callback | undefined {
  const { id, registration } = payment;
  if (registration === null) return undefined;
  const body = notification(payment, registration, paid.payeeCents);
  return { id, url: registration.confirmationUrl, headers: {}, body, dueAt: paid.at };
}

function paidCompanions(payment: NumberedPayment, paid: Paid): Companion[] {
  return [transactionOf(payment, paid), ...paidTexts(payment, paid).map(smsCompanion)];
}

function unpaidCompanions(payment: NumberedPayment, result: Result, at: Date): Companion[] {
  const sms = unpaidText(payment, result, at);
  return sms === undefined ? [] : [smsCompanion(sms)];
}

function transactionOf(payment: NumberedPayment, { at, feeCents }: Paid): Companion {
  const { kind, msisdn, payee, accountReference } = payment;
  const isCustomer = kind === 'send_money' || kind === 'pochi';
  return transactionCompanion({
    receipt: payment.receipt,
    product: codes[kind],
    conversationId: payment.conversationId,
    originatorConversationId: payment.originatorConversationId,
    transferId: payment.id,
    debit: { party: msisdn, name: subscriberOf(msisdn).name, account: accounts.customer(msisdn) },
    credit: {
      party: payee,
      name: isCustomer ? subscriberOf(payee).name : payment.payeeName,
      account: creditOf(payment),
    },
    amountCents: payment.amountCents,
    chargeCents: feeCents,
    reference: accountReference === '' ? null : accountReference,
    reasonType: reasonTypes[kind],
    initiatedAt: payment.acceptedAt,
    finalisedAt: at,
  });
}
