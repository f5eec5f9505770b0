import type { RetainedTable } from '../../platform/retention/types.ts';

/** A callback is written once by its id, and that is all that is unique: partitions can keep it. */
export const retainedInDelivery: readonly RetainedTable[] = [
  {
    by: 'partition',
    table: 'delivery.callback',
    since: 'created_at',
    open: "state = 'pending'",
    storage: 'fillfactor = 70',
  },
  { by: 'partition', table: 'delivery.attempt', since: 'at' },
];
