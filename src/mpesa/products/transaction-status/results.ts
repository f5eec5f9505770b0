import { initiatorResults, noOperator, type Result } from '../../results/codes.ts';

export const statusResults = {
  ...initiatorResults,
  noOperator,
  /** Recorded in production; that an unknown transaction gets it is a default taken. */
  invalidParameter: {
    code: 25,
    callback: 'The format of parameter null is invalid.',
    cause: [
      'Nothing that PartyA paid, was paid or was to be paid has this receipt or conversation id.',
      'Compare it with the acknowledgement and the result of the payment.',
    ],
  },
} as const satisfies Record<string, Result>;
