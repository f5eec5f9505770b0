import type { Cause } from '../api/errors/failures.ts';

/** A number or a text, as the vendor shows it: `1032` and `"SFC_IC0003"`. */
export type ResultCode = number | string;

/** What a request that was accepted may end in: a row of its product's page. */
export interface Result {
  readonly code: ResultCode;
  /** `ResultDesc` of the callback, and of a query where it has other words. */
  readonly callback: string;
  readonly query?: string;
  readonly cause: Cause;
}

/** Of every product with an initiator, in the vendor's words. */
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
   * No official sample of a queue timeout was found, so code and words are ours (the core's 26: it is too
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

export const noOperator = {
  code: 'SFC_IC0003',
  callback: 'The operator does not exist.',
  cause: ['No party has this number, or it is not what its identifier type says.', 'Correct one of both.'],
} as const satisfies Result;
