import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { Deadline, within } from '../deadline.ts';
import type { Log } from '../log.ts';
import { ceilingMs } from '../loop/backoff.ts';
import { type Loop, repeat } from '../loop/repeat.ts';
import { keepPartitions } from './partitions.ts';
import { DELETE_BATCH, deleteOldRows, deleteOldStrays } from './rows.ts';
import type { RetentionSettings } from './settings.ts';
import type { RetainedTable } from './types.ts';

const DAY_MS = 86_400_000;
const ROUND_MS = 60_000;
/** Between two batches, so that deleting takes a share of the database and not all of it. */
const BETWEEN_MS = 50;
/** For one table in one round. */
const TABLE_MS = 15_000;
const FAILED = { firstMs: 5_000, mostMs: 300_000 };

export interface RetentionOptions {
  database: Database;
  tables: readonly RetainedTable[];
  settings: () => RetentionSettings;
  clock: Clock;
  log: Log;
}

/**
 * Keeps the tables from growing for as long as it runs. Any number of processes may do so at once. A table
 * that fails holds up no other, and comes again.
 */
export function keepRetention(options: RetentionOptions): Loop<boolean> {
  return repeat({
    work: () => retentionRound(options),
    waitMs(ran) {
      if (ran.ok) return ran.value ? BETWEEN_MS : ROUND_MS;
      options.log.error({ err: ran.error }, 'what is old is not removed yet');
      return ceilingMs(FAILED, ran.failures);
    },
  });
}

/** One look at each table, a batch of each at most. True when there may be more to remove. */
export async function retentionRound({
  database,
  tables,
  settings,
  clock,
  log,
}: RetentionOptions): Promise<boolean> {
  const nowMs = clock.now();
  const keepMs = settings().keepDays * DAY_MS;
  const cutoff = new Date(nowMs - keepMs);

  async function look(table: RetainedTable): Promise<boolean> {
    if (table.by === 'row') return (await deleteOldRows(database, table, cutoff)) === DELETE_BATCH;
    const upkeep = await keepPartitions(database, table, { nowMs, keepMs });
    if (upkeep !== undefined && upkeep.made + upkeep.dropped + upkeep.kept > 0)
      log.info({ table: table.table, ...upkeep }, 'partitions made, dropped, and kept for their open rows');
    return (await deleteOldStrays(database, table, cutoff)) === DELETE_BATCH;
  }

  const looks = await Promise.allSettled(
    tables.map((table) => within(Deadline.in(TABLE_MS), `old rows of ${table.table}`, () => look(table))),
  );
  const failed = looks.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return looks.some((each) => each.status === 'fulfilled' && each.value);
}
