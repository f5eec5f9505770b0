import type { RetainedTable } from '../platform/retention/types.ts';

/**
 * By row: what guards a payment from being made twice is unique over all rows (one open push a subscriber, a
 * CheckoutRequestID, a receipt, an OriginatorConversationID of a short code), and no partition by time could
 * keep that. `mpesa.transaction` is not here: it is kept for ever, as the books are.
 */
export const retainedInMpesa: readonly RetainedTable[] = [
  { by: 'row', table: 'mpesa.stk_push', since: 'resolved_at', open: "state <> 'resolved'" },
  { by: 'row', table: 'mpesa.payment', since: 'resolved_at', open: "state <> 'resolved'" },
  { by: 'row', table: 'mpesa.request', since: 'ended_at', open: 'ended_at is null' },
];
