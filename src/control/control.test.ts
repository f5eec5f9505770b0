import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';
import { readJournal, verifyJournal } from './store/journal.ts';

const world = await controlWorld();
const { url } = await world.startControl('control-1');
const { testing, fleet } = await world.startFleet(4);
const [first, second] = fleet;
if (first === undefined || second === undefined) throw new Error('there are four');
let inForce = '';

const allServe = (hash: string | null) =>
  until(`everybody serves with ${hash}`, () =>
    [testing, ...fleet].every((agent) => agent.running === hash && agent.phase === 'steady'),
  );

test('a change goes through testing, one instance, waves and bake to proved, and stays in every ring', async () => {
  const pushed = await world.push({ limit: 7, password: 'new-secret' });
  assert.equal(pushed.status, 201, JSON.stringify(pushed.body));
  assert.deepEqual(pushed.body.changes, [
    { path: 'limit', before: 5, after: 7 },
    { path: 'password', before: '••••••', after: '••••••' },
  ]);
  const view = await world.reaches('shop-1', 'proved');
  inForce = view.hash;
  assert.deepEqual(view.receipts, ['test-1']);
  assert.equal(view.waves[0]?.instances, 1);
  await allServe(view.hash);
  const { body } = await world.call('GET', '/config');
  assert.deepEqual(body.document, { limit: 7, greeting: 'jambo', password: '••••••' });
});

test('what is wrong with a change is told before anything is written, and secrets are not', async () => {
  const refused = await world.push({ limit: 0, paswrd: 'typo-secret' });
  assert.equal(refused.status, 422);
  const text = JSON.stringify(refused.body);
  assert.match(text, /"path":"limit","value":0/);
  assert.match(text, /"path":"paswrd".*is not a key here/);
  assert.doesNotMatch(text, /typo-secret/);
  const unlucky = await world.call('POST', '/config/validate', { body: { change: { limit: 13 } } });
  assert.match(JSON.stringify(unlucky.body), /is unlucky/);
  assert.deepEqual((await world.push({ limit: 7 })).body.unchanged, true);
});

test('validation prices a change in failed payments, wave by wave', async () => {
  const { body } = await world.call('POST', '/config/validate', { body: { change: { limit: 8 } } });
  const plan = JSON.stringify(body.plan);
  assert.match(plan, /"ok":true,"waves":\[\{"kind":"first","instances":1,.*"harm":\{"expected":/);
});

test('R4: a release that an instance refuses at its taste goes nowhere else, and the reason names the key', async () => {
  for (const agent of fleet)
    agent.tasteFault = ({ content }) => (content.limit === 66 ? 'limit: nobody answers at 66' : undefined);
  await world.push({ limit: 66 });
  const view = await world.reaches('shop-2', 'rolled_back');
  assert.match(view.because ?? '', /refused it: limit: nobody answers at 66/);
  assert.ok(fleet.every((agent) => agent.running === inForce));
  const rows = await readJournal(world.database, { limit: 1_000, subject: 'shop-2' });
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'agent.refused').map(({ actor }) => actor.replace(/\d$/, 'N')),
    ['instance:api-N'],
  );
});

test('R2: a release that fails in testing is never offered to production', async () => {
  testing.tasteFault = ({ content }) => (content.limit === 67 ? 'limit: too many' : undefined);
  await world.push({ limit: 67 });
  const view = await world.reaches('shop-3', 'rolled_back');
  assert.match(view.because ?? '', /test-1 refused it/);
  const { rows } = await world.database.query(
    `select from control.journal where subject = 'shop-3' and kind = 'rollout.offered' and data::text like '%api-%'`,
  );
  assert.equal(rows.length, 0);
});

test('R3: a release that fails requests is taken back from the one instance that has it', async () => {
  for (const agent of fleet) agent.errorRate = (hash) => (hash === inForce || hash === null ? 0 : 1);
  await world.push({ limit: 68 });
  const view = await world.reaches('shop-4', 'rolled_back');
  assert.match(view.because ?? '', /more_bad_than_control|api-/);
  assert.equal(fleet.filter((agent) => agent.switchedAt.has(view.hash)).length, 1);
  await allServe(inForce);
  for (const agent of fleet) agent.errorRate = () => 0;
});

test('R10: an instance that falls silent with a new release takes it back from everybody; its own lease runs out', async () => {
  await world.push({ limit: 69 });
  const has = await until('one has told that it has it', async () => {
    const { members } = await world.rollout('shop-5');
    return members.find((member) => member.has === 'lent' && member.instance !== 'test-1')?.instance;
  });
  for (const agent of fleet) agent.cutOff = agent.name === has;
  const view = await world.reaches('shop-5', 'rolling_back', 'rolled_back');
  assert.match(view.because ?? '', /silent/);
  await allServe(inForce);
  for (const agent of fleet) agent.cutOff = false;
  await world.reaches('shop-5', 'rolled_back');
});

test('R6: undo by anybody, of a proved release, in a freeze: everybody is back on the one before', async () => {
  await world.push({ limit: 70 });
  const { hash } = await world.reaches('shop-6', 'proved');
  await allServe(hash);
  const frozen = await world.call('POST', '/freezes', {
    body: { to: new Date(Date.now() + 600_000).toISOString(), reason: 'the holidays' },
  });
  assert.equal(frozen.status, 201);
  const undone = await world.call('POST', '/undo', {
    by: world.people.viewer,
    body: { reason: 'it smells' },
  });
  assert.equal(undone.status, 200, JSON.stringify(undone.body));
  assert.deepEqual(undone.body.rollouts, ['shop-6']);
  await allServe(inForce);
  await world.reaches('shop-6', 'rolled_back');
  const { body } = await world.call('GET', '/config');
  assert.equal(Object(body.release).hash, inForce);
  assert.equal((await world.call('DELETE', `/freezes/${frozen.body.id}`)).status, 200);
});

test('a freeze holds the first wave; testing goes on; the end of the freeze lets it go', async () => {
  const { body } = await world.call('POST', '/freezes', {
    body: { to: new Date(Date.now() + 600_000).toISOString(), reason: 'an audit' },
  });
  await world.push({ limit: 71 });
  await world.reaches('shop-7', 'waiting');
  assert.ok(fleet.every((agent) => agent.running === inForce));
  assert.equal((await world.push({ limit: 72 })).status, 409);
  await world.call('DELETE', `/freezes/${body.id}`);
  const { hash } = await world.reaches('shop-7', 'proved');
  await allServe(hash);
});

test('R6: an undo ordered at an instance, of the release in force, counts although another waits to follow it', async () => {
  const freeze = await world.call('POST', '/freezes', {
    body: { to: new Date(Date.now() + 600_000).toISOString(), reason: 'an audit' },
  });
  const { hash } = await world.rollout('shop-7');
  await world.push({ limit: 78 });
  await world.reaches('shop-8', 'waiting');
  fleet[0]?.tell({ type: 'undo_ordered_here', by: 'amina', from: hash, to: null });
  await until('it is rolled back', async () => (await world.rollout('shop-7')).phase === 'rolled_back');
  await world.reaches('shop-8', 'rolled_back');
  await allServe(inForce);
  await world.call('DELETE', `/freezes/${freeze.body.id}`);
});

test('an instance that joins late is brought up to the release in force', async () => {
  const late = world.startAgent('api-late', 'production');
  fleet.push(late);
  await until('it has it for good', () => late.good === inForce);
});

test('undo to an older release goes there in one step', async () => {
  await world.push({ limit: 73 });
  await allServe((await world.reaches('shop-9', 'proved')).hash);
  const undone = await world.call('POST', '/undo', { body: { reason: 'all of it', to: 1 } });
  assert.equal(undone.status, 200);
  await until('all that ever proved it are there', () =>
    fleet.filter((agent) => agent !== fleet.at(-1)).every((agent) => agent.running === inForce),
  );
  await world.reaches('shop-9', 'rolled_back');
  const { body } = await world.call('GET', '/config');
  assert.equal(Object(body.release).sequence, 1);
});

test('a request repeated under its id is done once; another one under it is refused', async () => {
  const key = 'key-of-a-push-1';
  const body = { change: { limit: 74 }, reason: 'once' };
  const [one, two] = await Promise.all([
    world.call('POST', '/releases', { body, key }),
    world.call('POST', '/releases', { body, key }),
  ]);
  assert.equal(Object(one.body.rollout).id, 'shop-10');
  assert.equal(Object(two.body.rollout).id, 'shop-10');
  const other = await world.call('POST', '/releases', { body: { change: { limit: 75 }, reason: 'x' }, key });
  assert.equal(other.status, 409);
  await world.reaches('shop-10', 'proved');
});

test('abort ends what is on its way, and not what is over', async () => {
  await world.push({ limit: 76 });
  const aborted = await world.call('POST', '/rollouts/shop-11/abort', {
    body: { reason: 'changed my mind' },
  });
  assert.equal(aborted.status, 200);
  await world.reaches('shop-11', 'rolled_back', 'aborted');
  assert.equal(
    (await world.call('POST', '/rollouts/shop-11/abort', { body: { reason: 'again' } })).status,
    409,
  );
});

test('roles: a viewer reads and undoes; an editor pushes; nobody without a token does anything', async () => {
  const { viewer } = world.people;
  assert.equal((await world.call('GET', '/rollouts', { by: viewer })).status, 200);
  assert.equal(
    (await world.call('POST', '/releases', { by: viewer, body: { change: {}, reason: 'x' } })).status,
    403,
  );
  assert.equal((await world.call('POST', '/rollouts/shop-1/approve', { body: {} })).status, 403);
  assert.equal((await world.call('GET', '/fleet', { by: { name: 'x', token: 'wrong' } })).status, 401);
  assert.equal((await fetch(`${url}/agent/v1/stream?service=shop&environment=x&instance=y`)).status, 401);
});

test('watching a rollout shows each phase, and ends with it', async () => {
  await world.push({ limit: 77 });
  const response = await fetch(`${url}/v1/rollouts/shop-12/watch`, {
    headers: { authorization: `Bearer ${world.people.viewer.token}` },
  });
  const text = await response.text();
  assert.match(text, /"phase":"proved"/);
  assert.match(text, /event: end\n/);
  assert.match(text, /"evidence":\{/);
});

test('a change travels by the policy of the release in force, not by its own', async () => {
  // From then on each wave waits for a person's word: not yet for this one.
  await world.push({ rollouts: { confirmEachWave: true } });
  await world.reaches('shop-13', 'proved');
  // The next is asked for it, although it says itself that nobody need be.
  await world.push({ greeting: 'pronto', rollouts: null });
  await world.reaches('shop-14', 'waiting');
  assert.equal((await world.rollout('shop-14')).waitsForPromotion, true);
  const undone = await world.call('POST', '/rollouts/shop-14/abort', { body: { reason: 'seen' } });
  assert.equal(undone.status, 200);
});

test('R15: after all of it the journal is whole, and tells each change from push to end', async () => {
  const { body } = await world.call('GET', '/journal/verify');
  assert.equal(body.ok, true);
  const checked = await verifyJournal(world.database);
  // It may have grown meanwhile.
  assert.ok(checked.ok && checked.rows >= Number(body.rows));
  const rows = await readJournal(world.database, { limit: 1_000, subject: 'shop-1' });
  const phases = rows.flatMap(({ kind, data }) => (kind === 'rollout.phase' ? [Object(data).to] : []));
  assert.equal(rows[0]?.kind, 'release.pushed');
  assert.equal(phases[0], 'testing');
  assert.equal(phases.at(-1), 'proved');
});
