import { enqueueCallback } from '../../../../delivery/outbox/enqueue.ts';
import type { Claim } from '../../../../delivery/outbox/handover.ts';
import type { Callback } from '../../../../delivery/types.ts';
import { fullName, namesOf } from '../../../../handset/holder.ts';
import { smsCompanion } from '../../../../handset/sms.ts';
import type { Companion, Entry, Transfer, UsageLimit, Verdict } from '../../../../ledger/types.ts';
import { accounts } from '../../../parties/accounts/accounts.ts';
import type { WalletTerms } from '../../../parties/accounts/wallet-terms.ts';
import { chargeOf } from '../../../parties/charges/tariff.ts';
import { sentOnDay } from '../../../parties/limits.ts';
import { customerTransfers } from '../../../payments/customer-money.ts';
import { refusedPayment } from '../../../results/verdict.ts';
import { transactionCompanion } from '../../../transactions/companion.ts';
import { resultRow } from '../../../work-queue/rows.ts';
import { aboutPayment } from '../log-fields.ts';
import { stkResults } from '../results.ts';
import type { StkSettings } from '../settings.ts';
import { type Payment, type Resolution, resultCallback, resultSms } from './result.ts';
import { type AnsweredPush, resolveAnswered } from './rows.ts';

export interface Posting {
  entry: Entry;
  /** Of the verdict. `undefined`: the id was spent on another posting, which has resolved the push. */
  outcome(): Outcome | undefined;
}

/** What a verdict means for the push. */
export interface Outcome {
  resolution: Resolution;
  callback: Callback;
}

/** What a payment is decided by, beside its push. */
export interface PaymentTerms {
  readonly settings: StkSettings;
  readonly wallet: WalletTerms | undefined;
  readonly now: Date;
  /** Of its callback. */
  readonly claim: Claim | undefined;
}

/**
 * The money of an answered push: customer to the organisation's utility account, and its fee. The ids follow
 * from the push, so posting it again is the same posting; result, callback and SMS commit with the verdict.
 */
export function paymentPosting(push: AnsweredPush, { settings, wallet, now, claim }: PaymentTerms): Posting {
  const feeCents = chargeOf(push.amountCents, settings.customerTariff);
  const today = sentOnDay(push.msisdn, push.answeredAt.getTime(), settings, wallet);
  let outcome: Outcome | undefined;
  return {
    entry: {
      about: aboutPayment(push),
      transfers: transfers(push, feeCents, today),
      companions(verdict) {
        const resolution = resolutionOf(push, verdict, feeCents, settings.balanceItem, now);
        outcome = resolution && { resolution, callback: resultCallback(resolution) };
        return outcome === undefined ? [] : consequences(push, outcome, claim);
      },
    },
    outcome: () => outcome,
  };
}

/** Short code whose money it becomes. */
export function payeeOf({ payeeHeadOffice, shortCode }: AnsweredPush): string {
  return payeeHeadOffice ?? shortCode;
}

function transfers(push: AnsweredPush, feeCents: bigint, today: UsageLimit): Transfer[] {
  const { id, msisdn, amountCents } = push;
  const credit = accounts.organisation(payeeOf(push), 'utility');
  return customerTransfers({ id, msisdn, credit, amountCents, feeCents, code: 'stk', today });
}

function resolutionOf(
  push: AnsweredPush,
  verdict: Verdict,
  feeCents: bigint,
  balanceItem: StkSettings['balanceItem'],
  now: Date,
): Resolution | undefined {
  if (verdict.applied) {
    const balanceCents = verdict.debitAfterCents.at(-1);
    if (balanceCents === undefined) throw new Error(`payment ${push.id} was applied without a balance`);
    const payment = { receipt: push.receipt, at: push.answeredAt, balanceCents, feeCents, balanceItem };
    return { push, result: stkResults.paid, at: now, callbackDueAt: now, payment };
  }
  const refused = refusedPayment(verdict.reason);
  return refused && { push, result: stkResults[refused], at: now, callbackDueAt: now };
}

function consequences(
  push: AnsweredPush,
  { resolution, callback }: Outcome,
  claim: Claim | undefined,
): Companion[] {
  const { result, at, payment } = resolution;
  const sms = resultSms(resolution);
  return [
    ...(payment === undefined ? [] : [transactionOf(push, payment)]),
    { statement: resolveAnswered, row: resultRow(push.id, result, at) },
    enqueueCallback(callback, claim),
    ...(sms === undefined ? [] : [smsCompanion(sms)]),
  ];
}

function transactionOf(push: AnsweredPush, { receipt, at, feeCents }: Payment): Companion {
  return transactionCompanion({
    receipt,
    product: 'stk',
    conversationId: push.checkoutRequestId,
    originatorConversationId: push.merchantRequestId,
    transferId: push.id,
    debit: {
      party: push.msisdn,
      name: fullName(namesOf(push.msisdn)),
      account: accounts.customer(push.msisdn),
    },
    credit: {
      party: push.partyB,
      name: push.payeeName,
      account: accounts.organisation(payeeOf(push), 'utility'),
    },
    amountCents: push.amountCents,
    chargeCents: feeCents,
    reference: push.accountReference,
    // A default taken: no source says how the real one names it.
    reasonType: push.payeeKind === 'till' ? 'Buy Goods Online' : 'Pay Bill Online',
    initiatedAt: push.acceptedAt,
    finalisedAt: at,
  });
}
