import type { Database } from '../database/database.ts';
import { lowestId } from './id-time.ts';
import type { DeletedTable, PartitionedTable } from './types.ts';

/** Most rows of one statement: some 10 ms, so that nobody waits for it. */
export const DELETE_BATCH = 1_000;

/**
 * Deletes the oldest ended rows from before `cutoff`, a batch of them, and returns how many. By the order of
 * ids, which is that of time: a walk along the beginning of the primary key. Any number of processes may do
 * so at once.
 */
export async function deleteOldRows(
  database: Database,
  { table, open, since }: DeletedTable,
  cutoff: Date,
): Promise<number> {
  const { rowCount } = await database.query(
    `delete from ${table} where id = any(array(
       select id from ${table} where id < $1 and ${since} < $2 ${andEnded(open)}
       order by id limit ${DELETE_BATCH} for update skip locked))`,
    [lowestId(cutoff.getTime()), cutoff],
  );
  return rowCount ?? 0;
}

/**
 * The same for what no partition was made for. Few rows as a rule; their ids may be no times, so that their
 * time alone decides (the default has an index of it).
 */
export async function deleteOldStrays(
  database: Database,
  { table, open, since }: PartitionedTable,
  cutoff: Date,
): Promise<number> {
  const { rowCount } = await database.query(
    `delete from ${table}_default where id = any(array(
       select id from ${table}_default where ${since} < $1 ${andEnded(open)}
       order by ${since} limit ${DELETE_BATCH} for update skip locked))`,
    [cutoff],
  );
  return rowCount ?? 0;
}

const andEnded = (open: string | undefined) => (open === undefined ? '' : `and not (${open})`);
