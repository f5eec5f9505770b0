import type { AnswerOutcome } from '../../../handset/types.ts';
import { initiatorResults, type Result } from '../../results/codes.ts';
import { b2bResults } from '../b2b/results.ts';

const { notAllowed: _, initiatorInvalid, credentialLocked, ...ofTransfers } = b2bResults;

/**
 * What a request may end in. The page names 0, 4001, 4102, 4104, 4201 and 4203, the last four in these words
 * and without a sample; the others are what every payment between organisations tells, a default taken.
 */
export const b2bExpressResults = {
  ...ofTransfers,
  cancelled: {
    code: '4001',
    callback: 'User cancelled transaction',
    cause: ["The merchant's operator put the question away.", 'Ask again when the merchant agrees.'],
  },
  kycFail: {
    code: '4102',
    callback: 'Merchant KYC Fail',
    cause: ['The nominated number of the till has no M-Pesa account.', 'Nominate one that has.'],
  },
  noNominatedNumber: {
    code: '4104',
    callback: 'Missing Nominated Number',
    cause: [
      'Nobody can be asked: the till has no nominated number.',
      'The till 5000100 of the local profile has one.',
    ],
  },
  networkError: {
    code: '4201',
    callback: 'USSD Network Error',
    cause: [
      'The phone is switched off, was not reached in time, or nobody answered it (the last is a default taken).',
      'Ask again when the phone is there.',
    ],
  },
  ussdException: {
    code: '4203',
    callback: 'USSD Exception Error',
    cause: [
      'The question could not be put on the screen: it is over 182 characters.',
      'Shorten paymentRef or partnerName.',
    ],
  },
  wrongOperator: {
    ...initiatorInvalid,
    cause: ['The operator id or the PIN was wrong.', 'Ask again; the operator types both rightly.'],
  },
  operatorLocked: {
    ...credentialLocked,
    cause: [
      'Three wrong answers in a row locked the PIN of the phone.',
      '`npx imara phone set MSISDN --unlock`.',
    ],
  },
  /** Words of the others with a payer that does not exist. */
  noPayer: {
    ...b2bResults.noReceiver,
    callback: 'The operator does not exist.',
    cause: ['No till has primaryShortCode.', '`npx imara merchant list`.'],
  },
  queueTimeout: {
    ...initiatorResults.queueTimeout,
    cause: [
      'Nobody dealt with it within `mpesa.requests.timeoutMs`. Told to callbackUrl; how the real one looks is not known.',
      'Nothing was done: send it again.',
    ],
  },
} as const satisfies Record<string, Result>;

export const ofOutcome: Readonly<Record<Exclude<AnswerOutcome, 'accepted'>, Result>> = {
  wrong_pin: b2bExpressResults.wrongOperator,
  pin_locked: b2bExpressResults.operatorLocked,
  cancelled: b2bExpressResults.cancelled,
  unreachable: b2bExpressResults.networkError,
  no_answer: b2bExpressResults.networkError,
  expired: b2bExpressResults.networkError,
  push_failed: b2bExpressResults.ussdException,
};
