import { completedTime, queueReference, type ResultForm } from '../../results/envelope.ts';

const queue = queueReference('/mpesa/b2bresults/v1/submit');

/** As the vendor's samples have it: a success in texts and lists, a failure in numbers and single objects. */
export const b2bForm: ResultForm = {
  success: 'text',
  failure: (_, at) => [completedTime(at)],
  reference: ({ details: { AccountReference = '' } }, isDone) =>
    isDone ? [{ Key: 'BillReferenceNumber', Value: AccountReference }, queue] : [queue],
};
