import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import { migrate } from './migrate.ts';

const { database } = await testDatabase();

async function source(files: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'imara-migrations-'));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(directory, name), sql);
  return [{ part: 'sample', directory }];
}

test('processes that start at once apply each file once, in the order of their names', async () => {
  const files = await source({
    '002-b.sql': `insert into sample_row values ('b')`,
    '001-a.sql': `create table sample_row (name text); insert into sample_row values ('a')`,
  });
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database, files)));
  assert.deepEqual(applied.flat(), ['sample/001-a.sql', 'sample/002-b.sql']);
  const { rows } = await database.query('select name from sample_row');
  assert.deepEqual(rows, [{ name: 'a' }, { name: 'b' }]);
});

test('a file that fails leaves nothing of its run behind', async () => {
  const files = await source({
    '010-ok.sql': 'create table half (x int)',
    '011-bad.sql': 'create tabel oops (x int)',
  });
  await assert.rejects(migrate(database, files), /syntax error/);
  const { rows } = await database.query(`select to_regclass('half') as half`);
  assert.deepEqual(rows, [{ half: null }]);
});

test('a file changed after it was applied is refused', async () => {
  await migrate(database, await source({ '020-c.sql': 'create table c (x int)' }));
  await assert.rejects(
    migrate(database, await source({ '020-c.sql': 'create table c (x bigint)' })),
    /sample\/020-c.sql was changed after it was applied/,
  );
});
