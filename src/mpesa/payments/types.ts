import type { PlannedFault } from '../faults/planned.ts';

/**
 * What a customer does with money: pays a bill or at a till, sends it to another customer or to somebody's
 * business wallet, takes it out at an agent.
 */
export const paymentKinds = ['pay_bill', 'buy_goods', 'send_money', 'pochi', 'withdraw'] as const;
export type PaymentKind = (typeof paymentKinds)[number];

/** A payment that is taken, as it is written before anybody hears of it. */
export interface NewPayment {
  readonly id: string;
  readonly kind: PaymentKind;
  /** Where it came from: the phone's menu, the API's simulation, a standing order. */
  readonly source: 'phone' | 'simulate' | 'standing-order';
  readonly conversationId: string;
  readonly originatorConversationId: string;
  /** Who pays. */
  readonly msisdn: string;
  /** Short code, till, agent, or the MSISDN of another customer. */
  readonly payee: string;
  /** The account at a pay bill; else ''. */
  readonly accountReference: string;
  readonly amountCents: bigint;
}

/** Where an organisation wants to hear of payments. */
export interface Registration {
  /** Of the call that registered it: decides how the payer is shown. */
  readonly version: 1 | 2;
  /** What becomes of a payment whose validation nobody answered. */
  readonly responseType: 'Completed' | 'Cancelled';
  readonly confirmationUrl: string;
  readonly validationUrl: string;
}

/** A payment without a result, with what is known of its payee now. */
export interface OpenPayment extends NewPayment {
  readonly acceptedAt: Date;
  /** Of the organisation or agent; `null`: nobody has that number, or the payee is a customer. */
  readonly payeeName: string | null;
  readonly payeeKind: 'paybill' | 'till' | null;
  readonly payeeHeadOffice: string | null;
  readonly registration: Registration | null;
  /** Whether it is asked of the ValidationURL first. */
  readonly validates: boolean;
  /** What a failure on demand makes of it. */
  readonly planned?: PlannedFault | null;
}

/** Its receipt is decided. */
export interface NumberedPayment extends OpenPayment {
  readonly receipt: string;
  readonly validateBy: Date | null;
  /** What the merchant answered to its validation; else ''. */
  readonly thirdPartyTransId: string;
}
