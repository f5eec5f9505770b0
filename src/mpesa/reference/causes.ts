import type { blamed, Failure } from '../api/errors/errors.ts';
import type { stkResults } from '../products/stk-push/results.ts';

/** Why it comes, and what to do about it: for people. Every failure and result has a row, or it does not compile. */
type Cause = readonly [cause: string, fix: string];

export const failureCauses: Record<Failure, Cause> = {
  invalidToken: [
    'The bearer token is missing, wrong, expired or revoked, or of another environment.',
    'Take a new token; send it as `Authorization: Bearer …`.',
  ],
  invalidField: [
    'The named field is missing, or has a form or value that the API does not take. Of a body that is no JSON by its content type: the first field.',
    'Correct that field; send `Content-Type: application/json`.',
  ],
  malformedBody: ['The body is not one JSON object.', 'Send one JSON object in UTF-8.'],
  unknownPath: [
    'Nothing is at this path. The text says so where the vendor has an API there that is not built here.',
    'Compare the path with [the APIs](apis.md).',
  ],
  wrongMethod: ['The path is right, the method is not.', 'POST; GET for the token.'],
  internal: [
    'A fault of ours, or no answer within the deadline. A push may have been taken all the same.',
    'Ask the query before you send it again; `npx imara logs`.',
  ],
  maintenance: [
    'The product is switched off (`serving.products`).',
    'Wait, or switch it on: `npx imara config show`.',
  ],
  busy: [
    'More work than there are places, or the process is stopping. Nothing was taken.',
    'Send it again after `Retry-After` seconds, with growing waits.',
  ],
  spikeArrest: [
    'The app sends faster than `serving.quota.spikePerSecond` and its burst allow.',
    'Slow down; send it again after a second.',
  ],
  quota: [
    'The app has used up `serving.quota.quotaRequests` of its window.',
    'Wait for the next window, or raise the quota.',
  ],
};

/** Errors of single operations: `code` where it is not the internal error's of the family. */
export const singleErrors: Record<
  keyof typeof blamed,
  { operation: string; status: number; code: string; text: string; cause: Cause }
> = {
  invalidAuthentication: {
    operation: 'OAuth',
    status: 400,
    code: '400.008.01',
    text: 'Invalid Authentication passed',
    cause: [
      'The scheme is not Basic, or key and secret are not those of an app that is enabled.',
      'Compare both with `npx imara up --show-secrets`.',
    ],
  },
  invalidGrantType: {
    operation: 'OAuth',
    status: 400,
    code: '400.008.02',
    text: 'Invalid grant type passed',
    cause: ['`grant_type` is not exactly `client_credentials`.', 'Send it so, without blanks.'],
  },
  wrongCredentials: {
    operation: 'STK push, query',
    status: 500,
    code: '500.001.1001',
    text: 'Wrong credentials',
    cause: [
      'Password is not the base64 of BusinessShortCode, its passkey and the same Timestamp.',
      'Make it from the three values of this very request.',
    ],
  },
  unknownMerchant: {
    operation: 'STK push, query',
    status: 500,
    code: '500.001.1001',
    text: 'Merchant does not exist',
    cause: [
      'No organisation has this BusinessShortCode.',
      '`npx imara merchant list`; of a till it is the store number.',
    ],
  },
  lockedSubscriber: {
    operation: 'STK push',
    status: 500,
    code: '500.001.1001',
    text: 'Unable to lock subscriber, a transaction is already in process for the current subscriber',
    cause: [
      'This subscriber has a push without a result.',
      'Wait for its result (a minute at most), then send it again.',
    ],
  },
  unknownTransaction: {
    operation: 'STK query',
    status: 500,
    code: '500.001.1001',
    text: 'The transaction does not Exist',
    cause: [
      'No push of this BusinessShortCode has this CheckoutRequestID.',
      'Use the one of the acknowledgement, with the same short code.',
    ],
  },
};

export const resultCauses: Record<keyof typeof stkResults, Cause> = {
  paid: ['The money has moved.', 'Deliver; keep the receipt.'],
  insufficientFunds: ['The subscriber has less than amount and charge.', 'Ask the customer to top up.'],
  belowMinimum: ['The amount is below `mpesa.stk.minAmountShillings`.', 'Ask for more.'],
  aboveMaximum: ['The amount is above `mpesa.stk.maxAmountShillings`.', 'Split the payment.'],
  overDailyLimit: [
    'The subscriber would pass `mpesa.stk.dailyLimitShillings`.',
    'Try again on the next day.',
  ],
  overMaximumBalance: ['The receiver would hold more than it may.', 'The merchant must take money out.'],
  debitPartyInvalid: [
    'The subscriber has no M-Pesa account, or it is closed or frozen.',
    'Use another number.',
  ],
  repeatedAmount: [
    'The same amount by the same number to the same short code within `mpesa.stk.repeatedAmountWindowMs`.',
    'Wait, or change the amount.',
  ],
  subscriberLocked: ['Another session of the subscriber is open.', 'Send it again after a minute.'],
  expired: ['The prompt did not reach the phone in time.', 'Send it again.'],
  pushFailed: [
    'The prompt could not be sent: a fault of the operator, or more than 182 characters.',
    'Shorten AccountReference; send it again.',
  ],
  cancelled: ['The subscriber cancelled.', 'Ask before you send it again.'],
  unreachable: ['The phone is off, or nobody answered.', 'Send it again when the customer is there.'],
  wrongPin: ['The subscriber entered a wrong PIN.', 'Send it again.'],
  accountRule: ["The account's status does not allow it.", 'The customer must ask the operator.'],
  notPermitted: [
    'TransactionType does not fit what PartyB is, or BusinessShortCode lacks the product.',
    'A pay bill: CustomerPayBillOnline and PartyB the same number. A till: CustomerBuyGoodsOnline and its store number.',
  ],
  noOperator: [
    'PartyB is no till of the store that BusinessShortCode names. Shown as text.',
    '`npx imara merchant list` shows tills and their stores.',
  ],
  pinLocked: [
    'Three wrong PINs in a row.',
    'The customer must unlock it; here `npx imara phone set MSISDN --unlock`.',
  ],
  pushFault: ['A fault of the operator while sending the prompt.', 'Send it again.'],
};
