import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '../../../test/database.ts';
import { migrate } from '../../platform/database/migrate.ts';
import { newId } from '../../platform/ids.ts';
import { keepPartitions } from '../../platform/retention/partitions.ts';
import { type AttemptRecord, claimCallbacks, dueHosts, recordAttempts } from './claims.ts';
import { insertCallbacks } from './enqueue.ts';
import { retainedInDelivery } from './retained.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const ODD = 'ffffffff-ffff-8fff-8fff-ffffffffffff';

/**
 * A database as an Imara had it that kept callbacks in one table, with the column that what is written has
 * now.
 */
async function before() {
  const directory = await mkdtemp(join(tmpdir(), 'imara-migrations-'));
  after(() => rm(directory, { recursive: true }));
  for (const file of ['001-callbacks.sql', '080-interference.sql', '700-own-schedule.sql'])
    await copyFile(join(MIGRATIONS, file), join(directory, file));
  const { database } = await testDatabase([{ part: 'delivery', directory }]);
  return { database, migrate: () => migrate(database, [{ part: 'delivery', directory: MIGRATIONS }]) };
}

const callback = (id: string) => ({
  id,
  url: 'https://shop.test/paid',
  headers: {},
  body: '{}',
  dueAt: new Date(0),
});

const delivered = (callback: AttemptRecord['callback']): AttemptRecord => ({
  id: newId(),
  callback,
  at: new Date(),
  next: { state: 'delivered' },
  outcome: {
    kind: 'delivered',
    status: 200,
    address: null,
    durationMs: 1,
    reason: null,
    response: null,
    retryAfter: null,
  },
});

test('callbacks that were there before the partitions stay, are sent, and are written once', async () => {
  const { database, migrate } = await before();
  const old = newId();
  await insertCallbacks(database, [callback(old), callback(ODD)]);
  await database.query(
    `insert into delivery.attempt (id, callback_id, n, at, outcome, duration_ms) values ($1, $2, 1, now(), 'timeout', 5)`,
    [newId(), old],
  );
  await migrate();

  const fresh = newId();
  await insertCallbacks(database, [old, ODD, fresh].map(callback));
  const now = new Date();
  assert.deepEqual(await dueHosts(database, now, null, 10), ['shop.test']);
  const allotments = [{ host: 'shop.test', take: 10 }];
  const claimed = await claimCallbacks(database, {
    allotments,
    now,
    claim: newId(),
    leaseMs: 1_000,
    except: [],
  });
  assert.deepEqual(claimed.map(({ id }) => id).toSorted(), [old, fresh, ODD].toSorted());
  await recordAttempts(database, claimed.map(delivered));
  const { rows } = await database.query(
    `select count(*)::int as callbacks, (select count(*)::int from delivery.attempt) as attempts
     from delivery.callback where state = 'delivered'`,
  );
  assert.deepEqual(rows, [{ callbacks: 3, attempts: 4 }]);
});

test('a record looks into the partition of its callback alone, however many there are', async () => {
  const { database } = await testDatabase([{ part: 'delivery', directory: MIGRATIONS }]);
  for (const table of retainedInDelivery) {
    assert.ok(table.by === 'partition');
    await keepPartitions(database, table, { nowMs: Date.now(), keepMs: 6 * 86_400_000 });
  }
  const ids = Array.from({ length: 5_000 }, () => newId());
  await insertCallbacks(database, ids.map(callback));
  await database.query('analyze delivery.callback_first');
  const asked: { text: string; values: unknown[] }[] = [];
  const listening = new Proxy(database, {
    get: (target, name) =>
      name === 'query'
        ? async (query: (typeof asked)[number]) => asked.push(query)
        : Reflect.get(target, name),
  });
  await recordAttempts(listening, [delivered({ id: ids[7] ?? '', claim: newId(), attempts: 0 })]);
  const [record] = asked;
  assert.ok(record);
  const { rows } = await database.query(`explain (analyze) ${record.text}`, record.values);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(plan, /Index Scan using callback_first_pkey .*\(actual /);
  // Those of 35 days ahead, and the default.
  assert.equal(plan.match(/Scan using callback_\w+_pkey .*\(never executed\)/g)?.length, 36, plan);
});
