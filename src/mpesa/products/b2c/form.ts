import { queueReference, type ResultForm } from '../../results/envelope.ts';

/** As the vendor's samples have it: numbers, and of a failure no parameters at all. */
export const b2cForm: ResultForm = {
  success: 'number',
  failure: () => [],
  reference: () => [queueReference('/mpesa/b2cresults/v1/submit')],
};
