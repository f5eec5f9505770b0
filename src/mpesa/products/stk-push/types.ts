export const transactionTypes = ['CustomerPayBillOnline', 'CustomerBuyGoodsOnline'] as const;
export type TransactionType = (typeof transactionTypes)[number];

/** A push that is taken, as it is written before it is acknowledged. */
export interface NewPush {
  id: string;
  merchantRequestId: string;
  checkoutRequestId: string;
  appId: string;
  shortCode: string;
  partyB: string;
  transactionType: TransactionType;
  msisdn: string;
  amountCents: bigint;
  accountReference: string;
  description: string;
  callbackUrl: string;
  /** How it was asked for (`api/asked.ts`); `undefined`: not over HTTP. */
  asked?: string;
}
