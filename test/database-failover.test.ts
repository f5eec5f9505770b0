import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { connectLane, disconnect } from '../src/ledger/batch/connection.ts';
import { inTransaction, openDatabase } from '../src/platform/database/database.ts';
import { parseDatabaseUrl, placeOf } from '../src/platform/database/database-url.ts';
import { Deadline } from '../src/platform/deadline.ts';
import { type RunningPostgres, startPostgres } from '../src/supervisor/postgres/postgres.ts';
import { checkServer } from '../src/supervisor/postgres/server-version.ts';
import { closedPort, fullPort } from './auth/broken-servers.ts';
import { until } from './until.ts';

// A primary and its standby, both real: what a cluster's nodes are to those who name them both in
// DATABASE_URL.

const home = await mkdtemp(join(tmpdir(), 'imara-failover-'));
const [firstFolder, secondFolder] = [join(home, 'first'), join(home, 'second')];
const running = new Set<RunningPostgres>();
after(async () => {
  await Promise.all([...running].map((one) => one.kill()));
  await rm(home, { recursive: true, force: true });
});

async function start(directory: string, port: number, settings: Record<string, string> = {}) {
  const server = await startPostgres({ directory, port, settings: { shared_buffers: '16MB', ...settings } });
  running.add(server);
  return server;
}

const made = await start(firstFolder, 0);
await made.stop();
await promisify(execFile)('cp', ['-a', firstFolder, secondFolder]);
const first = await start(firstFolder, made.port);
const { username, password } = new URL(first.url());
await writeFile(join(secondFolder, 'data', 'standby.signal'), '');
const second = await start(secondFolder, 0, {
  primary_conninfo: `host=127.0.0.1 port=${first.port} user=${username} password=${password}`,
});

function urlOf(...ports: number[]): string {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join();
  const parsed = parseDatabaseUrl(`postgres://${username}:${password}@${hosts}/postgres`);
  assert.ok(parsed.ok);
  return parsed.url;
}

function pool(...ports: number[]) {
  const database = openDatabase({ url: urlOf(...ports), name: 'failover', maxConnections: 4 });
  after(() => database.end());
  return database;
}

const portOf = 'select current_setting($$port$$)::int as port';

test('of several hosts the primary is found: not the standby, not one that is down, not one that hangs', async () => {
  const database = pool(await fullPort(), await closedPort(), second.port, first.port);
  assert.deepEqual((await database.query(portOf)).rows, [{ port: first.port }]);
  const url = urlOf(second.port, first.port);
  assert.equal(placeOf(url), `127.0.0.1:${second.port},127.0.0.1:${first.port}/postgres`);
  await checkServer(url, 5_000);
  const lane = await connectLane(url, Deadline.in(10_000));
  assert.deepEqual((await lane.client.query(portOf)).rows, [{ port: first.port }]);
  disconnect(lane);
});

test('where none is the primary, each is named with its reason, and a wrong password is said at once', async () => {
  const nobody = await closedPort();
  await assert.rejects(pool(nobody, second.port).query('select 1'), {
    message: new RegExp(
      `none of the hosts is the primary: 127.0.0.1:${nobody} does not answer: .*; 127.0.0.1:${second.port} is a standby`,
    ),
  });
  const wrong = urlOf(first.port, second.port).replace(password, 'wrong');
  await assert.rejects(checkServer(wrong, 5_000), (error: Error) => {
    assert.ok(!error.message.includes('wrong@'));
    return /password authentication failed/.test(error.message) && !/none of the hosts/.test(error.message);
  });
});

test('a primary that becomes read-only loses the connections that are open', async () => {
  const database = pool(first.port, second.port);
  const write = () =>
    inTransaction(database, (client) => client.query('create table if not exists written (at int)'));
  await write();
  const admin = pool(first.port);
  await admin.query('alter system set default_transaction_read_only = on');
  await admin.query('select pg_reload_conf()');
  await until('what is written is refused', () =>
    write().then(
      () => false,
      ({ code }) => code === '25006',
    ),
  );
  // The connection that was refused is not in the pool any more, and another is not to be had.
  await assert.rejects(write(), /127.0.0.1:\d+ is read-only; 127.0.0.1:\d+ is a standby/);
  await admin.query('alter system reset default_transaction_read_only');
  await admin.query('select pg_reload_conf()');
  await until('it can be written again', () =>
    write().then(
      () => true,
      () => false,
    ),
  );
});

test('R14: a pool survives that its primary dies and the standby is promoted', async () => {
  const database = pool(first.port, second.port);
  await database.query('create table if not exists entry (id int primary key)');
  let next = 0;
  const failures: unknown[] = [];
  const writing = new AbortController();
  const writers = Array.from({ length: 3 }, async () => {
    while (!writing.signal.aborted) {
      next += 1;
      await database.query('insert into entry values ($1)', [next]).catch((error) => failures.push(error));
    }
  });
  await until('much was written', () => next > 50);
  assert.deepEqual(failures, []);
  const standby = openDatabase({ url: second.url(), name: 'standby', maxConnections: 1 });
  after(() => standby.end());
  await until('the standby has it too', async () => {
    const { rows } = await standby
      .query('select count(*)::int as rows from entry')
      .catch(() => ({ rows: [] }));
    return rows[0]?.rows > 50;
  });

  await first.kill();
  await until('the writers notice', () => failures.length > 0);
  const failed = failures.length;
  await standby.query('select pg_promote()');
  const before = (await standby.query('select count(*)::int as rows from entry')).rows[0]?.rows;
  await until('it is written to the one that was promoted', async () => {
    const { rows } = await standby.query('select count(*)::int as rows from entry');
    return rows[0]?.rows > before + 50;
  });
  writing.abort();
  await Promise.all(writers);
  assert.ok(failed > 0);
});
