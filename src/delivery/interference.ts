import type { Database, DatabaseClient } from '../platform/database/database.ts';

/**
 * What a failure on demand does with a callback, planned before the callback is written
 * (`outbox/enqueue.ts`).
 */
export interface Interference {
  readonly fault: string;
  /** It is written as one that failed for good: `callbacks resend` sends it. */
  readonly lost?: boolean;
  /** So many more of it, with ids of their own. */
  readonly copies?: number;
  /** It is due so much later. */
  readonly delayMs?: number;
}

/** For the callback with this id, which is not written yet. */
export async function planInterference(
  client: Database | DatabaseClient,
  callbackId: string,
  { fault, lost = false, copies = 0, delayMs = 0 }: Interference,
): Promise<void> {
  await client.query({
    name: 'delivery_plan_interference',
    text: `insert into delivery.interference (callback_id, fault, lost, copies, delay_ms)
      values ($1, $2, $3, $4, $5)`,
    values: [callbackId, fault, lost, copies, delayMs],
  });
}

/** Whether its receiver has answered 2xx. */
export async function wasDelivered(database: Database, callbackId: string): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'delivery_was_delivered',
    text: `select from delivery.callback where id = $1 and state = 'delivered'`,
    values: [callbackId],
  });
  return rowCount === 1;
}
