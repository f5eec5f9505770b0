import { queueReference, type ResultForm } from '../../results/envelope.ts';

/** As the vendor's samples have it: numbers, failures of its own in texts, and then no parameters. */
export const reversalForm: ResultForm = {
  success: 'number',
  failure: () => [],
  reference: () => [queueReference('/mpesa/reversalresults/v1/submit')],
};
