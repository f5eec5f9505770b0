import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import fastify from 'fastify';
import { testDatabase } from '../../../test/database.ts';
import { findApp } from '../../auth/server/apps.ts';
import { secretMatches } from '../../auth/server/secrets.ts';
import { insertCallbacks } from '../../delivery/enqueue.ts';
import { isPasskeyOf, organisations, sandboxTill, seedTill } from '../../mpesa/organisations.ts';
import { systemClock } from '../../platform/clock.ts';
import { Deadline } from '../../platform/deadline.ts';
import { schema } from '../schema.ts';
import { localRoutes } from './routes.ts';

const { database } = await testDatabase(schema);
await seedTill(database, 'passkey');
const app = fastify();
app.register(localRoutes({ database, clock: systemClock }), { prefix: '/local/v1' });
const origin = await app.listen({ port: 0, host: '127.0.0.1' });
after(() => app.close());

async function call(method: string, path: string, body?: unknown) {
  const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await fetch(`${origin}/local/v1${path}`, { method, ...(body === undefined ? {} : json) });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function passkeyFits(shortCode: string, passkey: string): Promise<boolean> {
  const known = await organisations(database).find(shortCode, Deadline.in(5_000));
  return known.found && isPasskeyOf(known.organisation, Buffer.from(passkey));
}

test('a merchant with a till gets credentials that work, this once', async () => {
  const { status, body } = await call('POST', '/merchants', {
    name: 'Mama Mboga',
    till: '5001234',
    store: '7001234',
  });
  assert.equal(status, 200);
  assert.deepEqual([body.kind, body.shortCode, body.partyB], ['till', '7001234', '5001234']);
  assert.ok(await passkeyFits('7001234', body.passkey));
  const known = await findApp(database, body.consumerKey);
  assert.ok(known !== undefined && (await secretMatches(body.consumerSecret, known.secretHash)));
  const listed = await call('GET', '/merchants');
  const own = listed.body.merchants.find(({ partyB }: { partyB: string }) => partyB === '5001234');
  assert.deepEqual([own.name, own.shortCode, own.kind], ['Mama Mboga', '7001234', 'till']);
  for (const secret of [body.passkey, body.consumerKey, body.consumerSecret]) {
    assert.ok(!JSON.stringify(listed.body).includes(secret));
  }
});

test('a merchant without a number is given one; a number that is taken is refused, and nothing is left of it', async () => {
  const { body } = await call('POST', '/merchants', { name: 'Duka' });
  assert.match(body.shortCode, /^7\d{6}$/);
  assert.equal(body.partyB, body.shortCode);
  const taken = await call('POST', '/merchants', { name: 'Other', till: sandboxTill.till, store: '7009999' });
  assert.deepEqual([taken.status, taken.body.error.code], [409, 'taken']);
  const left = await organisations(database).find('7009999', Deadline.in(5_000));
  assert.equal(left.found, false);
  for (const wrong of [
    { name: '' },
    { name: 'x', paybill: '12' },
    { name: 'x', paybill: '700100', till: '700200' },
  ]) {
    assert.equal((await call('POST', '/merchants', wrong)).status, 400);
  }
});

async function enqueue(
  host: string,
  shortCode = '174379',
  headers: Record<string, string> = {},
): Promise<string> {
  const id = randomUUID();
  const url = `http://${host}/paid`;
  const all = { Businessshortcode: shortCode, ...headers };
  await insertCallbacks(database, [{ id, url, headers: all, body: '{}', dueAt: new Date(0) }]);
  return id;
}

const settle = (id: string, state: string) =>
  database.query('update delivery.callback set state = $2, attempts = 1, settled_at = now() where id = $1', [
    id,
    state,
  ]);

test('callbacks are found by state, receiver and payment; those of synthetic payments when asked for', async () => {
  const [failed, waiting] = [await enqueue('a.test'), await enqueue('b.test')];
  const synthetic = await enqueue('c.test', '100100');
  await settle(failed, 'exhausted');
  const found = async (query: string) =>
    (await call('GET', `/callbacks?${query}`)).body.callbacks.map(({ id }: { id: string }) => id);
  assert.deepEqual(await found('state=exhausted'), [failed]);
  assert.deepEqual(await found('host=b.test'), [waiting]);
  assert.deepEqual(await found(`payment=${failed}`), [failed]);
  assert.deepEqual(await found('payment=ws_CO_nobody'), []);
  assert.deepEqual((await found('')).toSorted(), [failed, waiting].toSorted());
  assert.ok((await found('synthetic=true')).includes(synthetic));
  for (const wrong of ['?state=lost', '?payment=a%00', '?host=%0a', '/%00']) {
    assert.equal((await call('GET', `/callbacks${wrong}`)).status, 400, wrong);
  }
});

test('a callback is shown with every attempt, its secrets masked', async () => {
  const id = await enqueue('shop.test', '174379', { Authorization: 'Bearer s3cret' });
  await database.query(
    `insert into delivery.attempt (id, callback_id, n, at, outcome, status, duration_ms, reason, response)
     values ($1, $2, 1, now(), 'rejected', 500, 12, 'HTTP 500', 'try later')`,
    [randomUUID(), id],
  );
  const { body } = await call('GET', `/callbacks/${id}`);
  assert.deepEqual(body.headers, { Businessshortcode: '174379', Authorization: '••••' });
  assert.equal(body.log.length, 1);
  assert.deepEqual([body.log[0].status, body.log[0].response], [500, 'try later']);
  assert.equal((await call('GET', `/callbacks/${randomUUID()}`)).status, 404);
});

test('a failed callback is sent again; one that was delivered, or is still to be sent, is not', async () => {
  const id = await enqueue('shop.test');
  const resend = async () => {
    const { status, body } = await call('POST', `/callbacks/${id}/resend`);
    return body.error?.code ?? `${status} ${body.state}`;
  };
  assert.equal(await resend(), 'pending');
  await settle(id, 'exhausted');
  assert.equal(await resend(), '200 pending');
  const { rows } = await database.query('select state, attempts from delivery.callback where id = $1', [id]);
  assert.deepEqual([rows[0].state, rows[0].attempts], ['pending', 0]);
  await settle(id, 'delivered');
  assert.equal(await resend(), 'delivered');
  assert.equal((await call('POST', '/callbacks/nothing/resend')).status, 404);
});
