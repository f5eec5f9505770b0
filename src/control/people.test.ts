import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';

const world = await controlWorld({ people: 1, confirmWaves: true });
await world.startControl('control-1');
const { fleet } = await world.startFleet(3);
const { wanjiru, amina, baraka } = world.people;

const approve = (id: string, by: typeof amina, breakGlass = false) =>
  world.call('POST', `/rollouts/${id}/approve`, { by, body: { breakGlass } });

test('production waits for a second person; the author’s own approval does not count', async () => {
  const author = amina;
  const pushed = await world.call('POST', '/releases', {
    by: author,
    body: { change: { limit: 7 }, reason: 'mine' },
  });
  assert.equal(pushed.status, 201);
  await world.reaches('shop-1', 'awaiting_approval');
  assert.ok(fleet.every(({ running }) => running === null));
  const own = await approve('shop-1', author);
  assert.equal(own.status, 409);
  assert.match(JSON.stringify(own.body), /own approval does not count/);
  assert.equal((await approve('shop-1', baraka)).status, 200);
  await world.reaches('shop-1', 'wave', 'waiting');
});

test('each wave waits for a person’s word as well as for evidence', async () => {
  let promoted = 0;
  const { hash } = await until(
    'it is proved',
    async () => {
      const view = await world.rollout('shop-1');
      if (view.waitsForPromotion) {
        const { status } = await world.call('POST', '/rollouts/shop-1/promote', { body: {} });
        if (status === 200) promoted += 1;
      }
      return view.phase === 'proved' ? view : undefined;
    },
    { deadlineMs: 20_000 },
  );
  assert.ok(promoted >= 1, `${promoted}`);
  await until('all have it', () => fleet.every(({ good }) => good === hash));
});

test('a promotion that comes too early says what is missing', async () => {
  await world.push({ limit: 8 });
  await world.reaches('shop-2', 'awaiting_approval');
  const early = await world.call('POST', '/rollouts/shop-2/promote', { body: {} });
  assert.equal(early.status, 409);
  assert.match(JSON.stringify(early.body), /awaiting_approval/);
});

test('a rejection takes it back from testing and ends it', async () => {
  const rejected = await world.call('POST', '/rollouts/shop-2/reject', {
    by: baraka,
    body: { reason: 'no' },
  });
  assert.equal(rejected.status, 200);
  const view = await world.reaches('shop-2', 'rolled_back');
  assert.match(view.because ?? '', /rejected by baraka: no/);
});

test('R2: break-glass takes as many people as any change, does not wait for freezes or promotions, and is lent shortly', async () => {
  const freeze = await world.call('POST', '/freezes', {
    body: { to: new Date(Date.now() + 600_000).toISOString(), reason: 'the holidays' },
  });
  await world.push({ limit: 9 });
  await world.reaches('shop-3', 'awaiting_approval');
  const again = await approve('shop-3', wanjiru, true);
  assert.equal(again.status, 403);
  assert.equal((await approve('shop-3', baraka, true)).status, 200);
  const view = await world.reaches('shop-3', 'proved');
  assert.equal(view.breakGlass, true);
  assert.equal(view.waves[0]?.instances, 1);
  assert.ok(view.waves.every(({ leaseMs }) => leaseMs <= 5_000));
  await world.call('DELETE', `/freezes/${freeze.body.id}`);
});

test('R6: undo of a release that nobody has approved yet, and of one that waits, needs no approval', async () => {
  await world.push({ limit: 10 });
  await world.reaches('shop-4', 'awaiting_approval');
  const body = { rollout: 'shop-4', reason: 'no need' };
  const undone = await world.call('POST', '/undo', { by: world.people.viewer, body });
  assert.deepEqual(undone.body.rollouts, ['shop-4']);
  await world.reaches('shop-4', 'rolled_back');
});

test('a switch waits for no person, no freeze and no other change, which goes back; nobody approves it, and all have it', async () => {
  const freeze = await world.call('POST', '/freezes', {
    body: { to: new Date(Date.now() + 600_000).toISOString(), reason: 'the holidays' },
  });
  await world.push({ greeting: 'habari' });
  await world.reaches('shop-5', 'awaiting_approval');
  assert.equal((await world.push({ limit: 11, open: false })).status, 409, 'what changes more waits as ever');
  const validated = await world.call('POST', '/config/validate', { body: { change: { open: false } } });
  assert.deepEqual(validated.body.switches, ['open']);
  const pushed = await world.push({ open: false });
  assert.equal(pushed.status, 201, JSON.stringify(pushed.body));
  const again = await world.push({ open: false, limit: 9 });
  assert.equal(again.status, 409);
  const view = await world.reaches('shop-6', 'proved');
  assert.deepEqual([view.approvals, view.waves.length], [[], 2]);
  assert.ok(fleet.every(({ running }) => running === view.hash));
  const other = await world.reaches('shop-5', 'rolled_back');
  assert.match(other.because ?? '', /undone by wanjiru: shop-6 switches a product off/);
  await world.call('DELETE', `/freezes/${freeze.body.id}`);
});

test('R2: a newcomer, to whom it is more than a switch, is shown who stood behind what it was pulled from', async () => {
  const { hash } = await world.rollout('shop-6');
  const late = world.startAgent('api-9', 'production');
  await until('it has it for good', () => late.good === hash, { deadlineMs: 20_000 });
  fleet.push(late);
});

test('R6: a switch is undone as any release is; on again it goes the usual way', async () => {
  await world.push({ open: true });
  await world.reaches('shop-7', 'awaiting_approval');
  const undo = async () => (await world.call('POST', '/undo', { body: { reason: 'it is wanted' } })).body;
  assert.deepEqual((await undo()).rollouts, ['shop-7'], 'what is on its way alone');
  await world.reaches('shop-7', 'rolled_back');
  assert.deepEqual((await undo()).rollouts, ['shop-6']);
  await until('all are back', () => fleet.every(({ goodContent }) => goodContent?.open === undefined));
});
