import type { Queryable } from '../../platform/database/database.ts';
import type { Freeze } from '../../rollout/machine/state.ts';

export interface FreezeRow extends Freeze {
  reason: string;
  person: string;
}

/** Whether it is new. */
export async function insertFreeze(client: Queryable, freeze: FreezeRow): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into control.freeze (id, from_at, to_at, reason, person) values ($1, $2, $3, $4, $5)
     on conflict (id) do nothing`,
    [freeze.id, new Date(freeze.from), new Date(freeze.to), freeze.reason, freeze.person],
  );
  return rowCount === 1;
}

/** Whether there was one to end. */
export async function endFreeze(client: Queryable, id: string, now: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'update control.freeze set ended_at = $2 where id = $1 and ended_at is null and to_at > $2',
    [id, new Date(now)],
  );
  return rowCount === 1;
}

/** Those that hold now or will. */
export async function freezesFrom(database: Queryable, now: number): Promise<FreezeRow[]> {
  const { rows } = await database.query<FreezeRow & { from: Date; to: Date }>({
    name: 'control_freezes',
    text: `select id, from_at as "from", to_at as "to", reason, person from control.freeze
      where ended_at is null and to_at > $1 order by from_at, id`,
    values: [new Date(now)],
  });
  return rows.map((row) => ({ ...row, from: row.from.getTime(), to: row.to.getTime() }));
}
