import type { Cause } from '../../api/errors/failures.ts';
import type { Result, ResultCode } from '../../results/codes.ts';

/**
 * Every result an STK push can have, as the vendor's documents and recordings give it. The callback and the
 * query do not always have the same text for one code: clients compare these texts, so both are kept to the
 * letter.
 */
export interface StkResult extends Result {
  /** `ResultDesc` in the answer to a query. */
  readonly query: string;
}

const same = (code: ResultCode, text: string, cause: Cause): StkResult => {
  return { code, callback: text, query: text, cause };
};

export const stkResults = {
  paid: same(0, 'The service request is processed successfully.', [
    'The money has moved.',
    'Deliver; keep the receipt.',
  ]),
  insufficientFunds: same(1, 'The balance is insufficient for the transaction.', [
    'The subscriber has less than amount and charge.',
    'Ask the customer to top up.',
  ]),
  belowMinimum: same(2, 'Declined due to limit rule: less than the minimum transaction amount.', [
    'The amount is below `mpesa.stk.minAmountShillings`.',
    'Ask for more.',
  ]),
  aboveMaximum: same(3, 'Declined due to limit rule: greater than the maximum transaction amount.', [
    'The amount is above `mpesa.stk.maxAmountShillings`.',
    'Split the payment.',
  ]),
  overDailyLimit: same(4, 'Declined due to limit rule: would exceed daily transfer limit.', [
    'The subscriber would pass `mpesa.stk.dailyLimitShillings`.',
    'Try again on the next day.',
  ]),
  overMaximumBalance: same(8, 'Declined due to limit rule: would exceed the maximum balance.', [
    'The receiver would hold more than it may.',
    'The merchant must take money out.',
  ]),
  debitPartyInvalid: same(11, 'The DebitParty is in an invalid state.', [
    'The subscriber has no M-Pesa account, or it is closed or frozen.',
    'Use another number.',
  ]),
  /** The same amount by the same subscriber to the same short code within two minutes. */
  repeatedAmount: same(17, 'Rule limited.', [
    'The same amount by the same number to the same short code within `mpesa.stk.repeatedAmountWindowMs`.',
    'Wait, or change the amount.',
  ]),
  subscriberLocked: same(
    1001,
    'Unable to lock subscriber, a transaction is already in process for the current subscriber',
    ['Another session of the subscriber is open.', 'Send it again after a minute.'],
  ),
  expired: same(1019, 'Transaction has expired.', [
    'The prompt did not reach the phone in time.',
    'Send it again.',
  ]),
  /** Text over 182 characters, or the operator's fault. */
  pushFailed: same(1025, 'An error occurred while sending a push request.', [
    'The prompt could not be sent: a fault of the operator, or more than 182 characters.',
    'Shorten AccountReference; send it again.',
  ]),
  cancelled: {
    code: 1032,
    callback: 'Request cancelled by user',
    query: 'Request Cancelled by user.',
    cause: ['The subscriber cancelled.', 'Ask before you send it again.'],
  },
  unreachable: {
    code: 1037,
    callback: 'No response from user.',
    query: 'DS timeout user cannot be reached.',
    cause: ['The phone is off, or nobody answered.', 'Send it again when the customer is there.'],
  },
  wrongPin: same(2001, 'The initiator information is invalid.', [
    'The subscriber entered a wrong PIN.',
    'Send it again.',
  ]),
  accountRule: same(
    2006,
    'Declined due to account rule: The account status does not allow this transaction.',
    ["The account's status does not allow it.", 'The customer must ask the operator.'],
  ),
  /** TransactionType and PartyB do not match, or the short code lacks the product. */
  notPermitted: same(2028, 'The request is not permitted according to product assignment.', [
    'TransactionType does not fit what PartyB is, or BusinessShortCode lacks the product.',
    'A pay bill: CustomerPayBillOnline and PartyB the same number. A till: CustomerBuyGoodsOnline and its store number.',
  ]),
  /** PartyB of a till push is not a till of that store. Found after the PIN, as on the real one. */
  noOperator: same('SFC_IC0003', 'The operator does not exist.', [
    'PartyB is no till of the store that BusinessShortCode names. Shown as text.',
    '`npx imara merchant list` shows tills and their stores.',
  ]),
  pinLocked: same(8006, 'The security credential is locked.', [
    'Three wrong PINs in a row.',
    'The customer must unlock it; here `npx imara phone set MSISDN --unlock`.',
  ]),
  pushFault: same(9999, 'Error while sending push', [
    'A fault of the operator while sending the prompt.',
    'Send it again.',
  ]),
} as const satisfies Record<string, StkResult>;

/** Only a query says it: there is no result yet. */
export const inFlight = { code: 4999, query: 'The transaction is still under processing' } as const;

const byCode = new Map<ResultCode, StkResult>(
  Object.values(stkResults).map((result) => [result.code, result]),
);

/** The texts of a code; `undefined` for one that no STK push ends in. */
export function stkResult(code: ResultCode): StkResult | undefined {
  return byCode.get(code);
}
