import { initiatorResults, paymentResults, type Result } from '../../results/codes.ts';

const { overDailyLimit: _, belowMinimum: __, aboveMaximum: ___, ...ofPayments } = paymentResults;

export const reversalResults = {
  ...initiatorResults,
  ...ofPayments,
  alreadyReversed: {
    code: 'R000001',
    callback: 'The transaction has already been reversed.',
    cause: [
      'It was reversed before, whole or in part: a transaction is reversed once.',
      'Nothing is left to do.',
    ],
  },
  invalidOriginal: {
    code: 'R000002',
    callback: 'The OriginalTransactionID is invalid.',
    cause: [
      'No payment of a customer to ReceiverParty has this receipt; payments to customers and between organisations are not reversed.',
      'Compare TransactionID with the callback of the payment.',
    ],
  },
  /** No source says what the real one tells of too much: a default taken. */
  overOriginal: {
    code: 25,
    callback: 'Invalid request parameters',
    cause: ['Amount is more than the payment was.', 'Send its amount, or less.'],
  },
} as const satisfies Record<string, Result>;
