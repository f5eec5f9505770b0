import type { Callback } from '../../../delivery/types.ts';
import type { LogFields } from '../../../platform/bounded-log.ts';

/** What a line of the log says of the payment in a biller's callback; `undefined`: it is another callback. */
export function aboutBillCallback({ body }: Pick<Callback, 'body'>): LogFields | undefined {
  const { transactionId } = Object(JSON.parse(body));
  return typeof transactionId === 'string' ? { receipt: transactionId } : undefined;
}
