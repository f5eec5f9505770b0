import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlDatabase } from '../../../test/control/store.ts';
import { inTransaction } from '../../platform/database/database.ts';
import { createElection, Deposed } from './election.ts';
import { assertLeads, electionStore } from './sql/term.ts';

const { database } = await controlDatabase();

function candidate(holder: string, termMs = 60_000, now = () => performance.now()) {
  const store = electionStore(database);
  return createElection({ store, holder, url: () => `http://${holder}`, termMs: () => termMs, now });
}

const free = () => database.query(`update control.leader set holder = 'nobody', expires_at = '-infinity'`);

test('of several that ask at once one leads, and the others know who', async () => {
  await free();
  const candidates = ['a', 'b', 'c', 'd'].map((name) => candidate(name));
  await Promise.all(candidates.map((one) => one.campaign()));
  const leading = candidates.filter((one) => one.term() !== undefined);
  assert.equal(leading.length, 1);
  await Promise.all(candidates.map((one) => one.campaign()));
  assert.equal(new Set(candidates.map((one) => one.leader()?.holder)).size, 1);
});

test('a renewal keeps the fence; a change of hands raises it', async () => {
  await free();
  const [a, b] = [candidate('a'), candidate('b')];
  await a.campaign();
  const fence = a.term() ?? 0;
  await a.campaign();
  assert.equal(a.term(), fence);
  await a.resign();
  assert.equal(a.term(), undefined);
  await b.campaign();
  assert.ok((b.term() ?? 0) > fence);
});

test('R18: a store that was put back gives nobody the fence of a term that it has forgotten', async () => {
  await free();
  const [a, b, c] = [candidate('a'), candidate('b'), candidate('c')];
  await a.campaign();
  const { rows } = await database.query('select fence from control.leader');
  await a.resign();
  await b.campaign();
  const forgotten = b.term() ?? -1;
  await database.query({
    text: `update control.leader set holder = 'a', fence = $1, expires_at = '-infinity'`,
    values: [rows[0].fence],
  });
  await c.campaign();
  assert.notEqual(c.term(), forgotten);
  // By its own clock it leads still.
  assert.equal(b.term(), forgotten);
  await assert.rejects(
    inTransaction(database, (client) => assertLeads(client, forgotten)),
    Deposed,
  );
});

test('a term counts from before it was asked for, and ends by the leader’s own clock', async () => {
  await free();
  let now = 0;
  const a = candidate('a', 1_000, () => now);
  const asking = a.campaign();
  now = 900;
  await asking;
  assert.notEqual(a.term(), undefined);
  now = 1_000;
  assert.equal(a.term(), undefined);
});

test('a deposed leader’s write fails by its fence, whatever its clock says', async () => {
  await free();
  const [a, b] = [candidate('a', 1), candidate('b')];
  await a.campaign();
  const fence = Number((await database.query('select fence from control.leader')).rows[0].fence);
  await database.query(`update control.leader set expires_at = now()`);
  await b.campaign();
  await assert.rejects(
    inTransaction(database, (client) => assertLeads(client, fence)),
    Deposed,
  );
  await inTransaction(database, (client) => assertLeads(client, b.term() ?? -1));
});

test('who wants to take over waits until the leader’s transaction has ended', async () => {
  await free();
  const [a, b] = [candidate('a'), candidate('b')];
  await a.campaign();
  const order: string[] = [];
  const fence = a.term() ?? -1;
  const { promise: locked, resolve } = Promise.withResolvers<void>();
  const written = inTransaction(database, async (client) => {
    await assertLeads(client, fence);
    resolve();
    await client.query('select pg_sleep(0.2)');
    order.push('written');
  });
  await locked;
  const taken = free()
    .then(() => b.campaign())
    .then(() => order.push('taken over'));
  await Promise.all([written, taken]);
  assert.deepEqual(order, ['written', 'taken over']);
});
