import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { cableTo } from '../../../test/control/cable.ts';
import { controlWorld } from '../../../test/control/world.ts';
import { until } from '../../../test/until.ts';
import { readJournal } from '../store/journal.ts';
import type { Standing } from './candidates.ts';

// R17: an undo takes back the release it names, once, however often and by whomever it is said. Each test
// goes on where the one before ended.

const world = await controlWorld();
const cable = await cableTo(world.databaseUrl);
await world.startControl('control-1', { through: cable.url });
const { fleet } = await world.startFleet(3);
const { wanjiru, amina } = world.people;

const undo = (body: object, by = wanjiru, key?: string) =>
  world.call('POST', '/undo', { by, body: { reason: 'it smells', ...body }, ...(key && { key }) });
async function standing(query = ''): Promise<Standing> {
  const { status, body } = await world.call('GET', `/undo${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return JSON.parse(JSON.stringify(body));
}
const allServe = (hash: string | null) =>
  until('all serve with it', () => fleet.every(({ running }) => running === hash));
async function proved(limit: number): Promise<{ id: string; hash: string }> {
  const { status, body } = await world.push({ limit });
  assert.equal(status, 201, JSON.stringify(body));
  const { id } = Object(body.rollout);
  const { hash } = await world.reaches(id, 'proved');
  await allServe(hash);
  return { id, hash };
}
async function frozen<T>(work: () => Promise<T>): Promise<T> {
  const to = new Date(Date.now() + 600_000).toISOString();
  const { body } = await world.call('POST', '/freezes', { body: { to, reason: 'an audit' } });
  try {
    return await work();
  } finally {
    await world.call('DELETE', `/freezes/${body.id}`);
  }
}
const inForce = async () => (await standing()).inForce?.rollout ?? null;

const one = await proved(6);
const two = await proved(7);
const three = await proved(8);

test('what an undo would leave is said before it is ordered', async () => {
  const { underWay, inForce: now, lately } = await standing();
  assert.equal(underWay, null);
  assert.deepEqual(now, {
    rollout: three.id,
    release: 3,
    hash: three.hash,
    phase: 'proved',
    leadsTo: two.hash,
  });
  assert.deepEqual(lately, []);
});

test('R17: said by two at once, and again under the same id and another, one release is taken back', async () => {
  const key = randomUUID();
  const answers = await Promise.all([
    undo({ rollout: three.id }, wanjiru, key),
    undo({ rollout: three.id }, amina),
    undo({ rollout: three.id }, wanjiru, key),
  ]);
  for (const { status, body } of answers) {
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.rollouts, [three.id]);
  }
  await world.reaches(three.id, 'rolled_back');
  await allServe(two.hash);
  assert.equal((await undo({ rollout: three.id })).status, 200);
  assert.equal((await undo({ rollout: three.id }, wanjiru, key)).status, 200);
  const { inForce: now, lately } = await standing();
  assert.equal(now?.rollout, two.id);
  assert.deepEqual(
    lately.map(({ rollout, because }) => [rollout, because.replace('amina', 'wanjiru')]),
    // One of the two was first.
    [[three.id, 'undone by wanjiru: it smells']],
  );
  await allServe(two.hash);
});

test('R17: an undo that names nothing is given its name when it comes: its repetition takes no further release', async () => {
  const key = randomUUID();
  const four = await proved(9);
  assert.deepEqual((await undo({}, wanjiru, key)).body.rollouts, [four.id]);
  await world.reaches(four.id, 'rolled_back');
  assert.deepEqual((await undo({}, wanjiru, key)).body.rollouts, [four.id]);
  assert.equal(await inForce(), two.id);
  await allServe(two.hash);
});

test('R6: an id that was used for another request refuses no undo', async () => {
  const five = await proved(10);
  const key = randomUUID();
  assert.equal((await undo({ rollout: three.id }, wanjiru, key)).status, 200);
  assert.deepEqual((await undo({ rollout: five.id }, wanjiru, key)).body.rollouts, [five.id]);
  await world.reaches(five.id, 'rolled_back');
  await allServe(two.hash);
});

test('R17: in a freeze, undo takes what waits for its end, and leaves the release in force alone', async () => {
  await frozen(async () => {
    await world.push({ limit: 11 });
    await world.reaches('shop-6', 'waiting');
    assert.equal((await standing()).underWay?.rollout, 'shop-6');
    assert.deepEqual((await undo({})).body.rollouts, ['shop-6']);
    await world.reaches('shop-6', 'rolled_back');
  });
  assert.equal(await inForce(), two.id);
  assert.ok(fleet.every(({ running }) => running === two.hash));
});

test('R17: to a release that is unknown, undone, in force or never proved: refused before anything is written, with the nearest', async () => {
  const orders = async () =>
    (await readJournal(world.database, { limit: 1_000 })).filter(({ kind }) => kind === 'operator.undo')
      .length;
  const before = await orders();
  for (const [to, status, says] of [
    [99, 404, /there is no release 99: .*release 1 \(sha256:/],
    ['sha256:00000000', 404, /there is no release sha256:00000000: .*release 1/],
    [3, 409, /release 3 was taken back itself: .*release 1 .*imara redo/],
    [three.hash, 409, /release 3 was taken back itself/],
    [2, 409, /release 2 is the one in force: .*release 1/],
    [6, 409, /release 6 was taken back itself/],
  ] as const) {
    const { status: answered, body } = await undo({ to });
    assert.equal(answered, status, JSON.stringify(body));
    assert.match(Object(body.error).message, says);
    assert.equal((await world.call('GET', `/undo?to=${encodeURIComponent(to)}`)).status, status);
  }
  const gone = await undo({ rollout: three.id, to: 1 });
  assert.equal(gone.status, 409);
  assert.match(Object(gone.body.error).message, /neither on its way nor in force any more/);
  assert.equal((await undo({ rollout: 'shop-77' })).status, 404);
  // Of that one the journal tells, because it was an order.
  assert.equal(await orders(), before + 1);
  assert.equal(await inForce(), two.id);
  assert.ok(fleet.every(({ running }) => running === two.hash));
});

test('R17: while the store hangs an undo moves one release, whoever says it again, and it is written when the store is back', async () => {
  const seven = await proved(12);
  cable.hang();
  const key = randomUUID();
  assert.equal((await standing()).inForce?.rollout, seven.id, 'it is known without the store');
  const undone = await undo({ rollout: seven.id }, wanjiru, key);
  assert.equal(undone.status, 202);
  assert.deepEqual([undone.body.written, undone.body.leaves], [false, [seven.id]]);
  await allServe(two.hash);
  const again = await Promise.all([undo({}, amina), undo({ rollout: seven.id }, wanjiru, key)]);
  for (const { body } of again) assert.deepEqual(body.leaves, [seven.id]);
  cable.mend();
  await until('it is written', async () => (await world.rollout(seven.id)).phase === 'rolled_back');
  await until('every order of it is done', async () => {
    const { rows } = await world.database.query('select 1 from control.command where done_at is null');
    return rows.length === 0;
  });
  assert.equal(await inForce(), two.id);
  assert.ok(fleet.every(({ running }) => running === two.hash));
});

test('redo offers again what was undone last, through testing and waves, and nothing holds it; repeated it is done once', async () => {
  const key = randomUUID();
  const body = { reason: 'it was innocent' };
  const redone = await world.call('POST', '/redo', { body, key });
  assert.equal(redone.status, 201, JSON.stringify(redone.body));
  assert.equal(Object(redone.body.redoes).rollout, 'shop-7');
  assert.deepEqual(redone.body.changes, [{ path: 'limit', before: 7, after: 12 }]);
  const { hash } = await world.reaches('shop-8', 'proved');
  assert.equal(hash, (await world.rollout('shop-7')).hash);
  await allServe(hash);
  assert.equal(Object((await world.call('POST', '/redo', { body, key })).body.rollout).id, 'shop-8');
  const [pushed] = await readJournal(world.database, { limit: 10, subject: 'shop-8' });
  assert.deepEqual(
    [pushed?.kind, pushed?.actor, Object(pushed?.data).redoes],
    ['release.pushed', wanjiru.name, 'shop-7'],
  );
  // An undo of the first of the two, said once more, is not about the second.
  assert.equal((await undo({ rollout: 'shop-7' })).status, 200);
  await allServe(hash);
  assert.equal(await inForce(), 'shop-8');
});

test('redo of an older one makes its change to what is in force now; what was never undone is refused', async () => {
  await world.push({ greeting: 'habari' });
  await world.reaches('shop-9', 'proved');
  await undo({ rollout: 'shop-8', reason: 'nobody has it any more' });
  await until('it is over', async () => (await world.rollout('shop-8')).phase === 'rolled_back');
  const redone = await world.call('POST', '/redo', { body: { release: 4, reason: 'x' } });
  assert.equal(redone.status, 201, JSON.stringify(redone.body));
  assert.deepEqual(redone.body.changes, [{ path: 'limit', before: 12, after: 9 }]);
  await world.reaches('shop-10', 'proved');
  const config = JSON.stringify((await world.call('GET', '/config')).body.document);
  assert.match(config, /"greeting":"habari".*"limit":9|"limit":9.*"greeting":"habari"/);
  const never = await world.call('POST', '/redo', { body: { release: 2, reason: 'x' } });
  assert.equal(never.status, 404);
  assert.match(
    Object(never.body.error).message,
    /no release 2 was taken back: the last that was taken back is/,
  );
  assert.equal(
    (await world.call('POST', '/redo', { by: world.people.viewer, body: { reason: 'x' } })).status,
    403,
  );
});

test('R17: undo to an older one takes all on the way there, and the next undo does not lead forward again', async () => {
  const to = Object((await standing(`?to=${two.hash}`)) as object).to;
  // Release 8 was taken back while 9 was in force.
  assert.deepEqual(to.takes, [10, 9]);
  const undone = await undo({ to: 2, rollout: 'shop-10' });
  assert.deepEqual(undone.body.leaves, ['shop-10']);
  await allServe(two.hash);
  await until('it is in force', async () => (await inForce()) === two.id);
  assert.deepEqual((await undo({ rollout: two.id })).body.rollouts, [two.id]);
  await allServe(one.hash);
  await until('the one before is in force', async () => (await inForce()) === one.id);
});
