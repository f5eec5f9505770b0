import { initiatorResults, notPermitted, paymentResults, type Result } from '../../results/codes.ts';

const { overDailyLimit: _, ...ofPayments } = paymentResults;

export const b2bResults = {
  ...initiatorResults,
  ...ofPayments,
  notPermitted,
  /** Texts of a production pay bill. */
  noReceiver: {
    code: 'SFC_IC0003',
    callback: 'Receiver party is invalid',
    cause: [
      'PartyB is not what the command pays: a pay bill, a till, or the organisation itself; or RecieverIdentifierType does not fit it.',
      'Correct the command, PartyB or RecieverIdentifierType (4; of a till 2 too).',
    ],
  },
} as const satisfies Record<string, Result>;
