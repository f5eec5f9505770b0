import type { RetainedTable } from '../platform/retention/types.ts';

/** A text is written once by its id, and that is all that is unique: partitions can keep it. */
export const retainedInHandset: readonly RetainedTable[] = [
  { by: 'partition', table: 'handset.sms', since: 'received_at' },
];
