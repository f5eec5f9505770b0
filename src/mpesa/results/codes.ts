import type { Cause } from '../api/errors/failures.ts';

/** A number or a text, as the vendor shows it: `1032` and `"SFC_IC0003"`. */
export type ResultCode = number | string;

/** What a request that was accepted may end in: a row of its product's page. */
export interface Result {
  readonly code: ResultCode;
  /** `ResultDesc` of the callback, and of a query where that has no text of its own. */
  readonly callback: string;
  readonly query?: string;
  readonly cause: Cause;
}

/** Of every product with an initiator: the vendor's texts. */
export const initiatorResults = {
  done: {
    code: 0,
    callback: 'The service request is processed successfully.',
    cause: ['It is done.', 'Read `ResultParameters` by `Key`.'],
  },
  notAllowed: {
    code: 21,
    callback: 'The initiator is not allowed to initiate this request',
    cause: ['The initiator lacks the role that this API takes.', 'Use one that has it.'],
  },
  /**
   * No official sample of a queue timeout was found, so code and text are ours (the core's 26: it is too
   * busy).
   */
  queueTimeout: {
    code: 26,
    callback: 'The request timed out in the queue: it was not processed in time.',
    cause: [
      'Nobody dealt with it within `mpesa.requests.timeoutMs`. Told to QueueTimeOutURL; how the real one looks is not known.',
      'Nothing was done: send it again.',
    ],
  },
  initiatorInvalid: {
    code: 2001,
    callback: 'The initiator information is invalid.',
    cause: [
      'PartyA has no such initiator, or SecurityCredential is not its password, encrypted with the certificate of this installation.',
      'Compare name, password and certificate with `npx imara up --show-secrets`.',
    ],
  },
  credentialLocked: {
    code: 8006,
    callback: 'The security credential is locked.',
    cause: ['Ten wrong credentials in a row.', 'Wait five minutes, then send the right one.'],
  },
} as const satisfies Record<string, Result>;

/** Of every product that moves money: the vendor's texts. The books decide 1, 4, 8 and 11 (`verdict.ts`). */
export const paymentResults = {
  insufficientFunds: {
    code: 1,
    callback: 'The balance is insufficient for the transaction.',
    cause: [
      'The account that pays holds less than the amount.',
      'Look with account balance; move money between Working and Utility with B2B.',
    ],
  },
  belowMinimum: {
    code: 2,
    callback: 'Declined due to limit rule: less than the minimum transaction amount.',
    cause: ['The amount is below the least of the product.', 'Send more.'],
  },
  aboveMaximum: {
    code: 3,
    callback: 'Declined due to limit rule: greater than the maximum transaction amount.',
    cause: ['The amount is above the most of the product.', 'Split the payment.'],
  },
  overDailyLimit: {
    code: 4,
    callback: 'Declined due to limit rule: would exceed daily transfer limit.',
    cause: ['The payer would pass the limit of the day.', 'Try again on the next day.'],
  },
  overMaximumBalance: {
    code: 8,
    callback: 'Declined due to limit rule: would exceed the maximum balance.',
    cause: ['The receiver would hold more than it may.', 'Send less, or wait until the receiver has spent.'],
  },
  debitPartyInvalid: {
    code: 11,
    callback: 'The DebitParty is in an invalid state.',
    cause: ['The account that pays is closed or frozen, or was never opened.', 'Use another account.'],
  },
} as const satisfies Record<string, Result>;

/** The short code that asks has no such product. */
export const notPermitted = {
  code: 2028,
  callback: 'The request is not permitted according to product assignment.',
  cause: ['The short code has no such product.', 'Use one that has: `npx imara merchant list`.'],
} as const satisfies Result;

export const noOperator = {
  code: 'SFC_IC0003',
  callback: 'The operator does not exist.',
  cause: ['No party has this number, or it is not what its identifier type says.', 'Correct one of both.'],
} as const satisfies Result;
