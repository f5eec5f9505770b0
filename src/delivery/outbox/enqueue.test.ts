import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../../../test/database.ts';
import type { Companion } from '../../ledger/types.ts';
import { inTransaction } from '../../platform/database/database.ts';
import { planInterference } from '../interference.ts';
import type { Callback } from '../types.ts';
import { enqueueCallback, insertCallbacks } from './enqueue.ts';

const { database } = await testDatabase([
  { part: 'delivery', directory: join(import.meta.dirname, '..', 'migrations') },
]);

function callback(url = 'https://shop.example/pay/1?x=1'): Callback {
  return {
    id: randomUUID(),
    url,
    headers: { Businessshortcode: '174379' },
    body: '{"Body":{"note":"quote \\" comma , brace } backslash \\\\"}}',
    dueAt: new Date('2026-11-23T10:00:00.123Z'),
  };
}

async function stored(id: string) {
  const { rows } = await database.query('select * from delivery.callback where id = $1', [id]);
  return rows;
}

test('a callback is a companion of a ledger entry, written once however often it is written', async () => {
  const written = callback();
  const companion: Companion = enqueueCallback(written);
  const columns = companion.row.map((value) => [value, value]);
  for (let i = 0; i < 2; i++) await database.query(companion.statement.sql, columns);
  const [row, ...more] = await stored(written.id);
  assert.equal(more.length, 0);
  assert.equal(row.state, 'pending');
  assert.equal(row.url, written.url);
  assert.equal(row.host, 'shop.example');
  assert.deepEqual(row.headers, written.headers);
  assert.equal(row.body, written.body);
  assert.deepEqual(row.due_at, written.dueAt);
});

test('a callback is written as claimed, unless a fault is planned for it', async () => {
  const claim = { id: randomUUID(), host: 'shop.example', leaseMs: 10_000 };
  const [clean, lost] = [callback(), callback()];
  await planInterference(database, lost.id, { fault: 'lose it', lost: true });
  for (const written of [clean, lost]) {
    const { statement, row } = enqueueCallback(written, claim);
    const columns = row.map((value) => [value]);
    await database.query(statement.sql, columns);
  }
  const [claimed] = await stored(clean.id);
  assert.equal(claimed.claimed_by, claim.id);
  assert.ok(claimed.claimed_until > claimed.created_at);
  const [unclaimed] = await stored(lost.id);
  assert.deepEqual([unclaimed.claimed_by, unclaimed.claimed_until], [null, null]);
});

test('a callback written in a transaction that rolls back is not there', async () => {
  const written = callback();
  const failing = inTransaction(database, async (client) => {
    await insertCallbacks(client, [written, callback()]);
    throw new Error('the fact it tells did not happen');
  });
  await assert.rejects(failing, /did not happen/);
  assert.deepEqual(await stored(written.id), []);
});

test('a callback whose URL has no host is kept, to be refused in the open', async () => {
  const written = callback('not a url');
  await insertCallbacks(database, [written]);
  assert.equal((await stored(written.id))[0].host, '');
});
