import { type Database, type DatabaseClient, inTransaction } from '../database/database.ts';
import { lowestId, timeOfId } from './id-time.ts';
import type { PartitionedTable } from './types.ts';

/*
 * The partitions of a table: one for each range of ids, end to end, at least one whole one ahead, and a
 * default for what none was made for. All work is on the catalogue, in short transactions. The process that
 * holds the table's lock does it; everybody else finds it done. A partition is detached first and dropped
 * afterwards, so that nobody waits while its files go; one that was detached and not dropped is found by its
 * name.
 */

const DAY_MS = 86_400_000;
/** A width is this part of the time that rows are kept: that much longer the oldest ones stay. */
const PARTS = 6;
/** The next partitions reach at least so far: workers may be away as long before the default is needed. */
const AHEAD_MS = 35 * DAY_MS;
/** More in one run is not made: a wrong clock makes few. */
const MOST_MADE = 40;
/** With more open rows than this a partition stays. */
const MOST_OPEN = 1_000;
/** Payments wait behind a lock that is waited for. */
const BRIEF = `set local lock_timeout = '500ms'; set local statement_timeout = '4s'`;

export interface Upkeep {
  made: number;
  dropped: number;
  /** Old, and kept for their open rows. */
  kept: number;
}

interface Partition {
  name: string;
  /** Before this time its rows were made; `null`: the default. */
  endMs: number | null;
}

/** How long the rows of a partition were made, in whole days. */
export function widthMs(keepMs: number): number {
  return Math.max(1, Math.ceil(keepMs / DAY_MS / PARTS)) * DAY_MS;
}

/**
 * Makes what is missing ahead of `nowMs`, and drops what ended more than `keepMs` before it. `undefined`:
 * another process is at it. Its open rows, where an old partition has some, move to the default.
 */
export async function keepPartitions(
  database: Database,
  table: PartitionedTable,
  { nowMs, keepMs }: { nowMs: number; keepMs: number },
): Promise<Upkeep | undefined> {
  const upkeep: Upkeep = { made: 0, dropped: 0, kept: 0 };
  const partitions = await readPartitions(database, table);
  const isDue =
    lastEndMs(partitions, nowMs) < nowMs + AHEAD_MS ||
    partitions.some((partition) => isOld(partition, nowMs - keepMs));
  if (isDue) {
    const done = await inTransaction(database, async (client) => {
      await client.query(BRIEF);
      if (!(await lockUpkeep(client, table))) return undefined;
      const present = await readPartitions(client, table);
      upkeep.made = await makeAhead(client, table, present, { nowMs, keepMs });
      return present;
    });
    if (done === undefined) return undefined;
    for (const partition of done.filter((each) => isOld(each, nowMs - keepMs))) {
      if (await detach(database, table, partition)) upkeep.dropped += 1;
      else upkeep.kept += 1;
    }
  }
  await dropDetached(database, table);
  return upkeep;
}

function isOld({ endMs }: Partition, cutoffMs: number): boolean {
  return endMs !== null && endMs <= cutoffMs;
}

async function readPartitions(
  database: Database | DatabaseClient,
  { table }: PartitionedTable,
): Promise<Partition[]> {
  const { rows } = await database.query<{ name: string; bound: string }>(
    `select i.inhrelid::regclass::text as name, pg_get_expr(c.relpartbound, c.oid) as bound
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass`,
    [table],
  );
  return rows.map(({ name, bound }) => {
    const [, end] = /TO \('([0-9a-f-]{36})'\)/.exec(bound) ?? [];
    return { name, endMs: end === undefined ? null : timeOfId(end) };
  });
}

/** The lock that attaching takes, which is at odds with itself and with no reader or writer. */
async function lockUpkeep(client: DatabaseClient, { table }: PartitionedTable): Promise<boolean> {
  try {
    await client.query(`lock table only ${table} in share update exclusive mode nowait`);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '55P03') return false;
    throw error;
  }
}

function lastEndMs(partitions: readonly Partition[], nowMs: number): number {
  const ends = partitions.flatMap(({ endMs }) => endMs ?? []);
  return Math.max(Math.floor(nowMs / DAY_MS) * DAY_MS, ...ends);
}

async function makeAhead(
  client: DatabaseClient,
  table: PartitionedTable,
  present: readonly Partition[],
  { nowMs, keepMs }: { nowMs: number; keepMs: number },
): Promise<number> {
  let made = 0;
  let fromMs = await freeFromMs(client, table, lastEndMs(present, nowMs));
  for (; fromMs < nowMs + AHEAD_MS && made < MOST_MADE; made++) {
    const toMs = fromMs + widthMs(keepMs);
    await make(client, table, fromMs, toMs);
    fromMs = toMs;
  }
  return made;
}

/**
 * What the default holds cannot be in a partition: with rows there the next one begins a day after them, and
 * those stay until they are old. (To move them would hold up who writes.)
 */
async function freeFromMs(
  client: DatabaseClient,
  { table }: PartitionedTable,
  fromMs: number,
): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    `select id from ${table}_default where id >= $1 and id < $2 order by id desc limit 1`,
    [lowestId(fromMs), lowestId(fromMs + 2 * AHEAD_MS)],
  );
  const [last] = rows;
  return last === undefined ? fromMs : (Math.floor(timeOfId(last.id) / DAY_MS) + 1) * DAY_MS;
}

/** Made beside the table and attached: `partition of` would lock out everybody. */
async function make(
  client: DatabaseClient,
  { table, storage }: PartitionedTable,
  fromMs: number,
  toMs: number,
): Promise<void> {
  const name = `${table}_${dayOf(fromMs)}`;
  const parameters = storage === undefined ? '' : `with (${storage})`;
  await client.query(`create table ${name} (like ${table} including all) ${parameters}`);
  await client.query(
    `alter table ${table} attach partition ${name} for values from ('${lowestId(fromMs)}') to ('${lowestId(toMs)}')`,
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
}

/** False when so many of its rows are open that it stays. */
async function detach(
  database: Database,
  { table, open }: PartitionedTable,
  { name }: Partition,
): Promise<boolean> {
  return inTransaction(database, async (client) => {
    await client.query(BRIEF);
    // The table first, as readers and writers do: the other way round two could wait for each other.
    await client.query(`lock table only ${table} in access exclusive mode`);
    await client.query(`lock table ${name} in access exclusive mode`);
    if (open === undefined) {
      await client.query(`alter table ${table} detach partition ${name}`);
      return true;
    }
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from (select from ${name} where ${open} limit ${MOST_OPEN + 1}) opened`,
    );
    if ((rows[0]?.n ?? 0) > MOST_OPEN) return false;
    await client.query(`alter table ${table} detach partition ${name}`);
    await client.query(`insert into ${table}_default select * from ${name} where ${open}`);
    return true;
  });
}

async function dropDetached(database: Database, { table }: PartitionedTable): Promise<void> {
  const { rows } = await database.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
     where c.relnamespace = split_part($1, '.', 1)::regnamespace and c.relkind = 'r' and not c.relispartition
       and c.relname ~ ('^' || split_part($1, '.', 2) || '_([0-9]{8}|first)$')`,
    [table],
  );
  for (const { name } of rows) await database.query(`drop table if exists ${name}`);
}
