import type { RetainedTable } from '../platform/retention/types.ts';

/**
 * By row: what guards a payment from being made twice is unique over all rows (one open push a subscriber, a
 * CheckoutRequestID, a receipt, an OriginatorConversationID of a short code), and no partition by time could
 * keep that. `mpesa.transaction` is not here: it is kept for ever, as the books are.
 */
export const retainedInMpesa: readonly RetainedTable[] = [
  { by: 'row', table: 'mpesa.stk_push', since: 'resolved_at', open: "state <> 'resolved'" },
  { by: 'row', table: 'mpesa.stk_query', since: 'last_at' },
  { by: 'row', table: 'mpesa.payment', since: 'resolved_at', open: "state <> 'resolved'" },
  { by: 'row', table: 'mpesa.request', since: 'ended_at', open: 'ended_at is null' },
  {
    by: 'row',
    table: 'mpesa.standing_order',
    // Of one that was refused from its refusal, of one that stood from its last day.
    since: "(case result_code when '0' then end_day::timestamptz else resolved_at end)",
    open: "state <> 'ended'",
  },
  { by: 'row', table: 'mpesa.bill_payment', since: 'told_at', open: "state <> 'told'" },
  // Nobody need ever pay one: of those the due date counts, or the day of sending if that came later.
  {
    by: 'row',
    table: 'mpesa.invoice',
    since: 'coalesce(closed_at, greatest(due_day::timestamptz, sent_at))',
  },
];
