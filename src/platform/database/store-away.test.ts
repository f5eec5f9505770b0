import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cableTo } from '../../../test/control/cable.ts';
import { testDatabase } from '../../../test/database.ts';
import { type Database, inTransaction, openDatabase } from './database.ts';
import { StoreAway } from './store-away.ts';

const { database: direct, url } = await testDatabase();

function opened(through: string, maxConnections = 1): Database {
  const database = openDatabase({ url: through, name: 'away', maxConnections, statementTimeoutMs: 300 });
  after(() => database.end());
  return database;
}

const asked = (database: Database, sql: string) => ({
  'of the pool': () => database.query(sql),
  'in a transaction': () => inTransaction(database, (client) => client.query(sql)),
});

/** `code`: what the server or the system called it, where it matters. */
async function away(work: () => Promise<unknown>, code?: string): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof StoreAway, String(error));
    if (code !== undefined) assert.equal(error.code, code, error.message);
    assert.ok(error.message.length > 0 && error.cause instanceof Error);
    return true;
  });
}

test('a port where nobody listens is a store that is away', async () => {
  for (const work of Object.values(asked(opened('postgres://nobody@127.0.0.1:1/none'), 'select 1')))
    await away(work, 'ECONNREFUSED');
});

test('a lost connection, a hung server and a pool without a free connection are a store that is away', async () => {
  const cable = await cableTo(url);
  const database = opened(cable.url);
  await database.query('select 1');
  setImmediate(cable.cut);
  await away(() => database.query('select pg_sleep(0.2)'));
  cable.mend();
  await database.query('select 1');
  cable.hang();
  await away(() => database.query('select 1'));
  const few = opened(url);
  const held = await few.connect();
  await away(() => few.query('select 1'));
  held.release();
});

test('a statement out of time, a lock out of time, an ended session and a standby are a store that is away', async () => {
  const database = opened(url);
  for (const work of Object.values(asked(database, 'select pg_sleep(5)'))) await away(work, '57014');
  const terminated = inTransaction(database, async (client) => {
    const { rows } = await client.query('select pg_backend_pid() as pid');
    const [{ pid }] = rows;
    await Promise.all([
      client.query('select pg_sleep(5)'),
      direct.query('select pg_terminate_backend($1)', [pid]),
    ]);
  });
  await away(() => terminated, '57P01');
  await away(
    () =>
      inTransaction(database, async (client) => {
        await client.query('set transaction read only');
        await client.query('create table t (x int)');
      }),
    '25006',
  );
});

test('what was wrong to ask stays what it is, and so does a fault of the work in a transaction', async () => {
  const database = opened(url);
  for (const work of Object.values(asked(database, 'select nonsense')))
    await assert.rejects(work, { code: '42703', name: 'error' });
  const timeout = new Error('Connection timeout, says somebody else');
  await assert.rejects(
    () => inTransaction(database, () => Promise.reject(timeout)),
    (error) => error === timeout,
  );
});

test('a name with several addresses fails with the words of each', () => {
  const refused = ['::1', '127.0.0.1'].map((host) => new Error(`connect ECONNREFUSED ${host}`));
  const { message } = new StoreAway(new AggregateError(refused));
  assert.equal(message, 'connect ECONNREFUSED ::1, connect ECONNREFUSED 127.0.0.1');
});
