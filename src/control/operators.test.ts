import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import { newToken, seedOperator } from './operators.ts';

const world = await controlWorld();
const { control } = await world.startControl('control-1');
const { wanjiru, amina, baraka, viewer } = world.people;
await control.app.ready();

const whoami = (token: string) => world.call('GET', '/whoami', { by: { name: '', token } });
const post = (path: string, by = amina, body?: object) =>
  world.call('POST', path, { by, ...(body === undefined ? {} : { body }) });

test('an approver adds an operator, whose token is told once and works at once', async () => {
  const added = await post('/operators', amina, { name: 'kamau', role: 'editor' });
  assert.equal(added.status, 201);
  assert.deepEqual((await whoami(String(added.body.token))).body, { name: 'kamau', role: 'editor' });
  const listed = await world.call('GET', '/operators', { by: viewer });
  assert.ok(!JSON.stringify(listed.body).includes(String(added.body.token)));
  assert.equal(listed.body.you, 'juma');
  assert.equal((await post('/operators', amina, { name: 'kamau', role: 'viewer' })).status, 409);
  assert.equal((await post('/operators', wanjiru, { name: 'otieno', role: 'viewer' })).status, 403);
  assert.equal((await post('/operators', amina, { name: 'otieno', role: 'king' })).status, 400);
});

test('a rotated token ends the old one; everybody may rotate their own, and an approver anybody’s', async () => {
  const own = await post('/operators/juma/rotate', viewer);
  assert.equal(own.status, 200);
  assert.equal((await whoami(viewer.token)).status, 401);
  assert.equal((await whoami(String(own.body.token))).status, 200);
  assert.equal((await post('/operators/amina/rotate', wanjiru)).status, 403);
  assert.equal((await post('/operators/juma/rotate', amina)).status, 200);
  const unknown = await post('/operators/nobody/rotate', amina);
  assert.equal(unknown.status, 404);
  assert.match(JSON.stringify(unknown.body), /there are amina, baraka, juma, kamau, wanjiru/);
});

test('whoever is removed may do nothing; the last approver stays, also when two remove each other', async () => {
  assert.equal((await world.call('DELETE', '/operators/kamau', { by: amina })).status, 200);
  const both = await Promise.all([
    world.call('DELETE', '/operators/baraka', { by: amina }),
    world.call('DELETE', '/operators/amina', { by: baraka }),
  ]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 409]);
  const left = both[0]?.status === 200 ? amina : baraka;
  const gone = both[0]?.status === 200 ? baraka : amina;
  const shown = await whoami(gone.token);
  assert.equal(shown.status, 401);
  assert.equal((await whoami(left.token)).status, 200);
});

test('a wrong token is called wrong, and none at all is asked for', async () => {
  const wrong = await whoami('not-a-token');
  assert.equal(wrong.status, 401);
  assert.match(JSON.stringify(wrong.body), /wrong_token.*is wrong: it is not known here/);
  const none = await world.call('GET', '/whoami', { by: { name: '', token: '' } });
  assert.match(JSON.stringify(none.body), /unauthenticated.*show an operator token/);
});

test('the operator whom the installation names stays rotated or removed, until it names another token', async () => {
  const { database } = world;
  const [token, another] = [newToken(), newToken()];
  const seed = (of: string) => seedOperator(database, { name: 'you', role: 'approver', token: of });
  const you = { name: 'you', token };
  await seed(token);
  // Control reads them again every two seconds.
  const becomes = (status: number, of: string) =>
    until(`the token is answered ${status}`, async () => (await whoami(of)).status === status);
  await becomes(200, token);
  const rotated = await post('/operators/you/rotate', you);
  const now = { name: 'you', token: String(rotated.body.token) };
  await seed(token);
  assert.deepEqual([(await whoami(token)).status, (await whoami(now.token)).status], [401, 200]);
  assert.equal((await world.call('DELETE', '/operators/you', { by: now })).status, 200);
  await seed(token);
  const { rows } = await world.database.query(
    'select from control.operator where name = $1 and removed_at is null',
    ['you'],
  );
  assert.equal(rows.length, 0);
  await seed(another);
  await becomes(200, another);
});

test('R15: each of it is in the journal, and no token is', async () => {
  const { rows } = await world.database.query<{ kind: string; data: string }>(
    `select kind, data::text from control.journal where kind like 'operator.%' order by sequence`,
  );
  assert.deepEqual(
    rows.map(({ kind }) => kind.replace('operator.', '')),
    ['added', 'rotated', 'rotated', 'removed', 'removed', 'rotated', 'removed'],
  );
  assert.ok(rows.every(({ data }) => !data.includes('imara_')));
});
