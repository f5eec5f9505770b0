import { initiatorResults } from '../../results/codes.ts';
import { completedTime, queueReference, type ResultForm } from '../../results/envelope.ts';

/**
 * As the vendor's samples have it: a success in texts (`"0"`), a failure in numbers, with the time alone. Of
 * a locked credential a recording shows more (October 2026).
 */
export const balanceForm: ResultForm = {
  success: 'text',
  failure: ({ code }, at) =>
    code === initiatorResults.credentialLocked.code
      ? [
          { Key: 'ActionType', Value: 'AccountBalance' },
          { Key: 'ErrorMsg', Value: 'API Password is locked. ' },
          completedTime(at),
        ]
      : [completedTime(at)],
  reference: () => [queueReference('/mpesa/abresults/v1/submit')],
};
