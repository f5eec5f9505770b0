import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Client } from 'pg';
import { createDatabase, type RunningPostgres, startPostgres } from './postgres.ts';

const directory = await mkdtemp(join(tmpdir(), 'imara-postgres-'));
const lock = join(directory, 'data', 'postmaster.pid');
after(() => rm(directory, { recursive: true, force: true }));

async function rows(postgres: RunningPostgres, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: postgres.url('books'), connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  await client.connect();
  return (await client.query(sql)).rows;
}

test('R14: what was committed survives a kill -9, and a lock whose number a stranger has is no obstacle', async () => {
  const first = await startPostgres({ directory, port: 0 });
  await createDatabase(first.url(), 'books');
  await createDatabase(first.url(), 'books');
  await rows(first, 'create table entry (id int); insert into entry values (7)');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;

  writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, '1'));
  const second = await startPostgres({ directory, port: first.port });
  assert.equal(second.port, first.port);
  assert.deepEqual(await rows(second, 'select id from entry'), [{ id: 7 }]);
  await second.stop();
});

test('a server left over by a killed supervisor is ended and its data taken over', async () => {
  const left = await startPostgres({ directory, port: 0 });
  const next = await startPostgres({ directory, port: 0 });
  await left.exited;
  assert.deepEqual(await rows(next, 'select id from entry'), [{ id: 7 }]);
  await next.stop();
});

test('a server that cannot start says why', async () => {
  await assert.rejects(
    startPostgres({ directory, port: 0, settings: { shared_buffers: 'plenty' } }),
    /PostgreSQL ended while it started:[\s\S]*shared_buffers/,
  );
});
