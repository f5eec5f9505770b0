import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { pino } from 'pino';
import { testDatabase } from '../../../../test/database.ts';
import { until } from '../../../../test/until.ts';
import { systemClock } from '../../../platform/clock.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { newId } from '../../../platform/ids.ts';
import { defaultsOf } from '../../../platform/settings.ts';
import { checkoutRequestId, requestId } from '../../identifiers/request-ids.ts';
import { acceptanceLane } from '../../work-queue/acceptance-lane.ts';
import { PUSH_CHANNEL, pushLane } from './accept.ts';
import { stkSettings } from './settings.ts';
import type { NewPush } from './types.ts';

const { database, url } = await testDatabase([
  { part: 'mpesa', directory: fileURLToPath(new URL('../../migrations', import.meta.url)) },
]);
let stk = defaultsOf(stkSettings);
const newLane = () =>
  pushLane({
    database,
    settings: () => ({ stk }),
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });
const lane = newLane();
const soon = () => Deadline.in(10_000);

let lastMsisdn = 254_720_000_000;
function push(changes: Partial<NewPush> = {}): NewPush {
  lastMsisdn += 1;
  const msisdn = String(lastMsisdn);
  return {
    id: newId(),
    merchantRequestId: requestId(),
    checkoutRequestId: checkoutRequestId(Date.now(), msisdn),
    appId: 'app',
    shortCode: '174379',
    partyB: '174379',
    transactionType: 'CustomerPayBillOnline',
    msisdn,
    amountCents: 100n,
    accountReference: 'order',
    description: '',
    callbackUrl: 'https://merchant.example.com/callback',
    ...changes,
  };
}

/** Holds the table so that no push can be written until it is released. */
async function holdTable(): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('begin; lock table mpesa.stk_push in access exclusive mode');
  return () => client.end();
}

const waitsForTable = async () => {
  const { rows } = await database.query<{ pid: number }>(
    `select pid from pg_locks where relation = 'mpesa.stk_push'::regclass and not granted`,
  );
  return rows[0]?.pid;
};

async function isWritten({ id }: NewPush): Promise<boolean> {
  return (await database.query('select 1 from mpesa.stk_push where id = $1', [id])).rows.length === 1;
}

test('what comes soon after a batch goes together, once its time has come', async () => {
  let nowMs = 1_000;
  const batches: string[][] = [];
  const own = acceptanceLane<{ id: string }>({
    database,
    log: pino({ level: 'silent' }),
    limits: () => ({ maxQueued: 10, maxBatch: 10 }),
    write: async (rows) => {
      batches.push(rows.map(({ id }) => id));
      return new Set(rows.map(({ id }) => id));
    },
    channel: 'nobody listens',
    now: () => nowMs,
  });
  const accept = (id: string) => own.accept({ id }, soon());
  assert.equal(await accept('a'), 'accepted');
  const second = accept('b');
  await new Promise(setImmediate);
  const third = accept('c');
  nowMs += 1_000;
  assert.deepEqual(await Promise.all([second, third]), ['accepted', 'accepted']);
  assert.deepEqual(batches, [['a'], ['b', 'c']]);
  await own.close();
});

test('pushes that arrive together share transactions, and each has its own outcome', async () => {
  const pushes = Array.from({ length: 600 }, () => push());
  const again = pushes.slice(0, 50).map(({ msisdn }) => push({ msisdn }));
  const outcomes = await Promise.all([...pushes, ...again].map((one) => lane.accept(one, soon())));
  assert.deepEqual(new Set(outcomes.slice(0, 600)), new Set(['accepted']));
  assert.deepEqual(new Set(outcomes.slice(600)), new Set(['conflict']));
  const { rows } = await database.query(
    'select count(*)::int as pushes, count(distinct xmin::text)::int as transactions from mpesa.stk_push',
  );
  assert.equal(rows[0].pushes, 600);
  assert.ok(rows[0].transactions <= 10, `${rows[0].transactions} transactions`);
});

test('two lanes with the same subscribers accept each once, without waiting for each other in a circle', async () => {
  const other = newLane();
  for (let round = 0; round < 5; round += 1) {
    const mine = Array.from({ length: 100 }, () => push());
    const theirs = mine.toReversed().map(({ msisdn }) => push({ msisdn }));
    const outcomes = await Promise.all([
      ...mine.map((one) => lane.accept(one, soon())),
      ...theirs.map((one) => other.accept(one, soon())),
    ]);
    assert.equal(outcomes.filter((outcome) => outcome === 'accepted').length, 100);
    assert.equal(outcomes.filter((outcome) => outcome === 'conflict').length, 100);
  }
  await other.close();
});

test('text of every kind is stored as it came', async () => {
  const texts = ['"', '\\', '{a,b}', `'; drop table`, 'NULL', ' ', 'ñ🦁', '\\"'];
  for (const accountReference of texts) {
    const one = push({ accountReference, description: accountReference });
    assert.equal(await lane.accept(one, soon()), 'accepted');
    const { rows } = await database.query(
      'select account_reference, description from mpesa.stk_push where id = $1',
      [one.id],
    );
    assert.deepEqual(rows, [{ account_reference: accountReference, description: accountReference }]);
  }
});

test('R1: a silent database: what was sent is unknown at its deadline, what was not is refused', async () => {
  const release = await holdTable();
  const sent = lane.accept(push(), Deadline.in(1_000));
  await until('the batch waits for the table', waitsForTable);
  const queued = lane.accept(push(), Deadline.in(100));
  assert.equal(await queued, 'busy');
  assert.equal(await sent, 'unknown');
  const patient = push();
  const later = lane.accept(patient, soon());
  await release();
  assert.equal(await later, 'accepted');
  assert.equal(await isWritten(patient), true);
});

test('R12: over its bound the queue refuses at once', async () => {
  stk = { ...stk, maxQueued: 3 };
  const release = await holdTable();
  const first = lane.accept(push(), soon());
  await until('the batch waits for the table', waitsForTable);
  const queued = Array.from({ length: 3 }, () => lane.accept(push(), soon()));
  assert.equal(await lane.accept(push(), soon()), 'busy');
  await release();
  assert.deepEqual(
    await Promise.all([first, ...queued]),
    Array.from({ length: 4 }, () => 'accepted'),
  );
  stk = defaultsOf(stkSettings);
});

test('R14: a connection lost in flight is never an acknowledgement', async () => {
  const release = await holdTable();
  const one = push();
  const sent = lane.accept(one, soon());
  const pid = await until('the batch waits for the table', waitsForTable);
  await database.query('select pg_terminate_backend($1)', [pid]);
  assert.equal(await sent, 'unknown');
  await release();
  assert.equal(await isWritten(one), false);
  assert.equal(await lane.accept(push(), soon()), 'accepted');
});

test('workers are told of new pushes', async () => {
  const worker = new Client({ connectionString: url });
  await worker.connect();
  await worker.query(`listen ${PUSH_CHANNEL}`);
  const told = once(worker, 'notification', { signal: AbortSignal.timeout(5_000) });
  await lane.accept(push(), soon());
  await told;
  await worker.end();
});

test('a lane that closes decides what it took, and takes nothing more', async () => {
  const closing = newLane();
  const taken = Array.from({ length: 10 }, () => closing.accept(push(), soon()));
  const closed = closing.close();
  assert.equal(await closing.accept(push(), soon()), 'busy');
  await closed;
  assert.deepEqual(new Set(await Promise.all(taken)), new Set(['accepted']));
});
