import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { createLog } from '../log.ts';
import { lowestId, timeOfId } from './id-time.ts';
import { retentionRound } from './keep.ts';
import { keepPartitions, widthMs } from './partitions.ts';
import type { PartitionedTable } from './types.ts';

const DAY_MS = 86_400_000;
const KEEP_MS = 12 * DAY_MS;
const START_MS = Date.parse('2026-01-01T08:00:00Z');
const { database } = await testDatabase();
const log = createLog('test');
log.level = 'silent';

let tables = 0;

async function madeTable(): Promise<PartitionedTable> {
  tables += 1;
  const table = `note_${tables}`;
  await database.query(`create schema if not exists kept;
    create table kept.${table} (id uuid primary key, at timestamptz not null, open boolean not null) partition by range (id);
    create table kept.${table}_default partition of kept.${table} default;
    create index on kept.${table}_default (at)`);
  return { by: 'partition', table: `kept.${table}`, since: 'at', open: 'open', storage: 'fillfactor = 70' };
}

let written = 0;

/** An id that was made at this time. */
function idAt(ms: number): string {
  written += 1;
  return `${lowestId(ms).slice(0, 14)}7000-8000-${written.toString(16).padStart(12, '0')}`;
}

async function write({ table }: PartitionedTable, ms: number, { open = false, id = idAt(ms) } = {}) {
  await database.query(`insert into ${table} values ($1, $2, $3)`, [id, new Date(ms), open]);
  return id;
}

async function ids({ table }: PartitionedTable): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(`select id from ${table} order by id`);
  return rows.map(({ id }) => id);
}

async function partitionOf({ table }: PartitionedTable, id: string): Promise<string> {
  const { rows } = await database.query<{ place: string }>(
    `select tableoid::regclass::text as place from ${table} where id = $1`,
    [id],
  );
  return rows[0]?.place ?? '';
}

async function count({ table }: PartitionedTable): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    `select count(*)::int as n from pg_class where relkind = 'r' and relname ~ $1`,
    [`^${table.split('.')[1]}_`],
  );
  return rows[0]?.n ?? 0;
}

test('an id tells the time it was made', () => {
  assert.equal(timeOfId(idAt(START_MS)), START_MS);
  assert.ok(lowestId(START_MS) < idAt(START_MS) && idAt(START_MS) < lowestId(START_MS + 1));
});

test('rows find a partition made ahead, and go when the last of it is old enough', async () => {
  const table = await madeTable();
  const look = (nowMs: number) => keepPartitions(database, table, { nowMs, keepMs: KEEP_MS });
  const made = (await look(START_MS))?.made ?? 0;
  assert.ok(made * widthMs(KEEP_MS) >= 35 * DAY_MS, 'a month and more is made ahead');
  assert.deepEqual(await look(START_MS), { made: 0, dropped: 0, kept: 0 });
  const first = await write(table, START_MS);
  const second = await write(table, START_MS + 3 * DAY_MS);
  assert.notEqual(await partitionOf(table, first), `${table.table}_default`);
  // The first partition ends two days after the midnight before the start.
  const end = Date.parse('2026-01-03T00:00:00Z');
  assert.equal((await look(end + KEEP_MS - 1))?.dropped, 0);
  assert.deepEqual(await ids(table), [first, second]);
  assert.equal((await look(end + KEEP_MS))?.dropped, 1);
  assert.deepEqual(await ids(table), [second]);
});

test('a row that is still open when its partition goes is kept until it has ended', async () => {
  const table = await madeTable();
  await keepPartitions(database, table, { nowMs: START_MS, keepMs: KEEP_MS });
  await write(table, START_MS);
  const open = await write(table, START_MS, { open: true });
  const late = START_MS + 20 * DAY_MS;
  const round = (nowMs: number) =>
    retentionRound({
      database,
      tables: [table],
      settings: () => ({ keepDays: 12 }),
      clock: { now: () => nowMs },
      log,
    });
  await round(late);
  assert.deepEqual(await ids(table), [open]);
  await database.query(`update ${table.table} set open = false where id = $1`, [open]);
  await round(late);
  assert.deepEqual(await ids(table), []);
});

test('with very many open rows a partition stays as it is', async () => {
  const table = await madeTable();
  await keepPartitions(database, table, { nowMs: START_MS, keepMs: KEEP_MS });
  await database.query(
    `insert into ${table.table}
     select ('${lowestId(START_MS).slice(0, 14)}7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, true
     from generate_series(1, 1001) n`,
    [new Date(START_MS)],
  );
  const late = START_MS + 20 * DAY_MS;
  const upkeep = await keepPartitions(database, table, { nowMs: late, keepMs: KEEP_MS });
  assert.equal(upkeep?.kept, 1);
  assert.equal((await ids(table)).length, 1_001);
});

test('who comes after months finds the default, and partitions from the next day on', async () => {
  const table = await madeTable();
  await keepPartitions(database, table, { nowMs: START_MS, keepMs: KEEP_MS });
  const late = START_MS + 100 * DAY_MS;
  const stray = await write(table, late);
  assert.equal(await partitionOf(table, stray), `${table.table}_default`);
  const upkeep = await keepPartitions(database, table, { nowMs: late, keepMs: KEEP_MS });
  assert.ok(upkeep !== undefined && upkeep.made > 0 && upkeep.dropped > 0);
  const sameDay = await write(table, late + 1_000);
  const nextDay = await write(table, late + DAY_MS);
  assert.equal(await partitionOf(table, sameDay), `${table.table}_default`);
  assert.notEqual(await partitionOf(table, nextDay), `${table.table}_default`);
});

test('an id that is no time goes by the time of its row', async () => {
  const table = await madeTable();
  const odd = await write(table, START_MS, { id: 'ffffffff-ffff-8fff-8fff-ffffffffffff' });
  const round = (nowMs: number) =>
    retentionRound({
      database,
      tables: [table],
      settings: () => ({ keepDays: 12 }),
      clock: { now: () => nowMs },
      log,
    });
  await round(START_MS + KEEP_MS);
  assert.deepEqual(await ids(table), [odd]);
  await round(START_MS + KEEP_MS + 1);
  assert.deepEqual(await ids(table), []);
});

test('many workers at once make and drop each partition once, while rows are written', async () => {
  const table = await madeTable();
  await keepPartitions(database, table, { nowMs: START_MS, keepMs: KEEP_MS });
  for (let day = 0; day < 40; day += 10) {
    const nowMs = START_MS + day * DAY_MS;
    const workers = Array.from({ length: 4 }, () =>
      keepPartitions(database, table, { nowMs, keepMs: KEEP_MS }),
    );
    const writers = Array.from({ length: 20 }, () => write(table, nowMs));
    await Promise.all([...workers, ...writers]);
  }
  assert.equal((await ids(table)).length, 40, 'the last twelve days and the width of one partition');
  // 12 days and 35 ahead in partitions of two days, what begins and ends in them, and the default.
  assert.ok((await count(table)) <= 12 / 2 + 35 / 2 + 4, `${await count(table)}`);
});

test('a partition that was detached by a worker that died is dropped by the next', async () => {
  const table = await madeTable();
  await keepPartitions(database, table, { nowMs: START_MS, keepMs: KEEP_MS });
  const before = await count(table);
  await database.query(`alter table ${table.table} detach partition ${table.table}_20260101`);
  await keepPartitions(database, table, { nowMs: START_MS, keepMs: KEEP_MS });
  assert.equal(await count(table), before - 1);
});
