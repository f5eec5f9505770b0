import type { Callback } from '../../delivery/types.ts';
import type { LogFields } from '../../platform/bounded-log.ts';
import type { NewPayment } from './types.ts';

/** What every line of the log that concerns one payment of a customer says of it. */
export function aboutCustomerPayment(
  payment: Pick<NewPayment, 'conversationId'> & { readonly receipt?: string | null },
): LogFields {
  const { conversationId, receipt } = payment;
  return { ConversationID: conversationId, ...(receipt != null && { receipt }) };
}

/** The same, of the payment that a confirmation tells; `undefined`: it is none. */
export function aboutConfirmation({ body }: Pick<Callback, 'body'>): LogFields | undefined {
  const { TransID } = Object(JSON.parse(body));
  return typeof TransID === 'string' ? { receipt: TransID } : undefined;
}
