import { type TProperties, Type } from 'typebox';
import { form } from '../fields/form/form.ts';
import { msisdn } from '../fields/msisdn.ts';
import { requestId } from '../identifiers/request-ids.ts';

// What the look-ups of a subscriber share: their one field, the head of their answers, their dates.

export const customerNumber = form({ customerNumber: msisdn });
export const customerSample = { customerNumber: '254722000000' } as const;

export function subscriberAcknowledgement<Own extends TProperties>(own: Own) {
  return Type.Object({
    requestRefID: Type.String(),
    responseCode: Type.String(),
    responseDesc: Type.String(),
    ...own,
  });
}

export function subscriberAnswer(own: object): object {
  return { requestRefID: requestId(), responseCode: '200', responseDesc: 'Success', ...own };
}
