import { initiatorResults, notPermitted, paymentResults, type Result } from '../../results/codes.ts';

const { overDailyLimit: _, ...ofPayments } = paymentResults;

export const b2cResults = {
  ...initiatorResults,
  ...ofPayments,
  notPermitted,
  unregistered: {
    code: 2040,
    callback:
      "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    cause: ['PartyB has no M-Pesa account.', 'The customer must register first.'],
  },
} as const satisfies Record<string, Result>;
