/** A number or a text, as the vendor shows it: in a callback `1032` and `"SFC_IC0003"`; a query shows every code as text. */
export type ResultCode = number | string;

/**
 * Every result an STK push can have, as the vendor's documents and recordings give it. The callback and the query do
 * not always use the same words for one code: clients compare these texts, so both are kept to the letter.
 */
export interface StkResult {
  code: ResultCode;
  /** `ResultDesc` in the callback. */
  callback: string;
  /** `ResultDesc` in the answer to a query. */
  query: string;
}

const same = (code: ResultCode, text: string): StkResult => ({ code, callback: text, query: text });

export const stkResults = {
  paid: same(0, 'The service request is processed successfully.'),
  insufficientFunds: same(1, 'The balance is insufficient for the transaction.'),
  belowMinimum: same(2, 'Declined due to limit rule: less than the minimum transaction amount.'),
  aboveMaximum: same(3, 'Declined due to limit rule: greater than the maximum transaction amount.'),
  overDailyLimit: same(4, 'Declined due to limit rule: would exceed daily transfer limit.'),
  overMaximumBalance: same(8, 'Declined due to limit rule: would exceed the maximum balance.'),
  debitPartyInvalid: same(11, 'The DebitParty is in an invalid state.'),
  /** The same amount by the same subscriber to the same short code within two minutes. */
  repeatedAmount: same(17, 'Rule limited.'),
  subscriberLocked: same(
    1001,
    'Unable to lock subscriber, a transaction is already in process for the current subscriber',
  ),
  expired: same(1019, 'Transaction has expired.'),
  /** Text over 182 characters, or the operator's fault. */
  pushFailed: same(1025, 'An error occurred while sending a push request.'),
  cancelled: { code: 1032, callback: 'Request cancelled by user', query: 'Request Cancelled by user.' },
  unreachable: {
    code: 1037,
    callback: 'No response from user.',
    query: 'DS timeout user cannot be reached.',
  },
  wrongPin: same(2001, 'The initiator information is invalid.'),
  accountRule: same(
    2006,
    'Declined due to account rule: The account status does not allow this transaction.',
  ),
  /** TransactionType and PartyB do not match, or the short code lacks the product. */
  notPermitted: same(2028, 'The request is not permitted according to product assignment.'),
  /** PartyB of a till push is not a till of that store. Found after the PIN, as on the real one. */
  noOperator: same('SFC_IC0003', 'The operator does not exist.'),
  pinLocked: same(8006, 'The security credential is locked.'),
  pushFault: same(9999, 'Error while sending push'),
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
