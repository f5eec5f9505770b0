import type { DatabaseClient, Queryable } from '../../platform/database/database.ts';

/** An order above this is a lie: there would be no room left above it. */
export const HIGHEST_ORDER = 2 ** 50;

/**
 * The highest order that the store has given out. It grows, unless the store was put back to an older state.
 */
export async function storedOrder(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ order: bigint }>({
    name: 'control_stored_order',
    text: 'select case when is_called then last_value else last_value - 1 end as "order" from control.assignment_order',
  });
  return Number(rows[0]?.order ?? 0);
}

/** Orders go on above `order`, and a new epoch begins. */
export async function raiseOrder(client: DatabaseClient, order: number, now: number): Promise<void> {
  await client.query(
    `select setval('control.assignment_order', greatest(last_value, $1::bigint)) from control.assignment_order`,
    [order],
  );
  await client.query('update control.epoch set epoch = epoch + 1, raised_at = $1 where one', [new Date(now)]);
}

/** The name of a service's rollout of this release; from the second epoch on it names that too. */
export async function rolloutName(client: Queryable, service: string, sequence: number): Promise<string> {
  const { rows } = await client.query<{ epoch: number }>('select epoch from control.epoch where one');
  const epoch = rows[0]?.epoch ?? 1;
  return epoch === 1 ? `${service}-${sequence}` : `${service}-e${epoch}-${sequence}`;
}
