import type { Callback } from '../../../delivery/types.ts';
import type { LogFields } from '../../../platform/bounded-log.ts';
import { SYNTHETIC_SHORT_CODE } from '../../parties/synthetic.ts';

/**
 * What every line of the log that concerns one payment says of it, so that its way can be followed through
 * all processes.
 */
export function aboutPayment({
  checkoutRequestId,
  merchantRequestId,
  shortCode,
}: {
  checkoutRequestId: string;
  /** Where only one of both is known. */
  merchantRequestId?: string;
  shortCode: string;
}): LogFields {
  return {
    CheckoutRequestID: checkoutRequestId,
    ...(merchantRequestId !== undefined && { MerchantRequestID: merchantRequestId }),
    ...(shortCode === SYNTHETIC_SHORT_CODE && { synthetic: true }),
  };
}

/** The same, of the payment that a callback tells. */
export function aboutPushCallback({ headers, body }: Pick<Callback, 'headers' | 'body'>): LogFields {
  const told = Object(Object(Object(JSON.parse(body)).Body).stkCallback);
  return aboutPayment({
    checkoutRequestId: told.CheckoutRequestID,
    merchantRequestId: told.MerchantRequestID,
    shortCode: headers.Businessshortcode ?? '',
  });
}
