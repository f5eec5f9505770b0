import { stkResults } from '../products/stk-push/results.ts';
import { noOperator, type Result } from '../results/codes.ts';

const rejected = (code: string, what: string, cause: string): Result => ({
  code,
  callback: `Rejected by the merchant: ${what}`,
  cause: [cause, 'Correct what the merchant named; ask the merchant.'],
});

/** What the merchant's validation may reject a payment with, in the vendor's codes. */
export const validationRejections = {
  invalidMsisdn: rejected('C2B00011', 'Invalid MSISDN', 'The validation does not know this payer.'),
  invalidAccount: rejected('C2B00012', 'Invalid Account Number', 'The validation knows no such account.'),
  invalidAmount: rejected('C2B00013', 'Invalid Amount', 'The validation expects another amount.'),
  invalidKyc: rejected('C2B00014', 'Invalid KYC Details', 'The validation refuses who the payer is.'),
  invalidShortCode: rejected(
    'C2B00015',
    'Invalid Shortcode',
    'The validation does not serve this short code.',
  ),
  otherError: rejected(
    'C2B00016',
    'Other Error',
    'The validation refused it, by this code or one of its own.',
  ),
} as const satisfies Record<string, Result>;

/** What a payment that a customer makes may end in. Its merchant hears of the paid ones alone. */
export const paymentResults = {
  paid: stkResults.paid,
  insufficientFunds: stkResults.insufficientFunds,
  belowMinimum: stkResults.belowMinimum,
  aboveMaximum: stkResults.aboveMaximum,
  overDailyLimit: stkResults.overDailyLimit,
  overMaximumBalance: stkResults.overMaximumBalance,
  debitPartyInvalid: stkResults.debitPartyInvalid,
  /** The vendor's text, of which no more is known. */
  unregistered: {
    code: 2040,
    callback:
      "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    cause: ['The number that money was sent to has no M-Pesa account.', 'Send it to one that has.'],
  },
  noPayee: noOperator,
  ...validationRejections,
  /** No source has a code for it: ours, in the form of the others. */
  notValidated: {
    code: 'C2B00099',
    callback: 'The merchant did not confirm the payment in time.',
    cause: [
      'The ValidationURL did not answer in time, and ResponseType is Cancelled. The code is ours: no source has one.',
      'Answer within 8 s; or register with ResponseType Completed.',
    ],
  },
} as const satisfies Record<string, Result>;
