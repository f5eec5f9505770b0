import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControlWorld, controlWorld } from '../../test/control/world.ts';
import { until } from '../../test/until.ts';

// What went wrong with rollouts in other systems, tried on this one: the cases are rows of
// docs/reference/conformance.md.

async function installation(people: number) {
  const world = await controlWorld({ people });
  await world.startControl('control-1');
  const { testing, fleet } = await world.startFleet(2);
  return { ...world, fleet, all: [testing, ...fleet] };
}

async function pushed(world: Pick<ControlWorld, 'push'>, limit: number): Promise<string> {
  const { status, body } = await world.push({ limit });
  assert.equal(status, 201, JSON.stringify(body));
  return String(Reflect.get(Object(body.rollout), 'id'));
}

test('argo-rollouts#2048, #1774: after an abort a good release travels at once; one in force that fails is repaired', async () => {
  const world = await installation(0);
  const good = await world.reaches(await pushed(world, 7), 'proved');

  const bad = await pushed(world, 8);
  const { hash: badHash } = await world.reaches(bad, 'wave', 'waiting', 'testing');
  const aborted = await world.call('POST', `/rollouts/${bad}/abort`, { body: { reason: 'it looks bad' } });
  assert.equal(aborted.status, 200);
  await world.reaches(bad, 'rolled_back', 'aborted');
  const next = await world.reaches(await pushed(world, 9), 'proved');
  await until('everybody has the good one', () => world.all.every(({ good: has }) => has === next.hash));
  assert.ok(world.all.every(({ running }) => running !== badHash));

  // What is in force itself begins to fail, everywhere.
  for (const agent of world.fleet) agent.errorRate = (hash) => (hash === next.hash ? 0.9 : 0);
  const repair = await world.reaches(await pushed(world, 10), 'proved');
  await until('the repair is everywhere', () => world.all.every(({ good: has }) => has === repair.hash));
  assert.notEqual(good.hash, repair.hash);
});

test('argo-rollouts#1152: aborted while it waits for a person, a rollout goes back and does not start again', async () => {
  const world = await installation(1);
  const id = await pushed(world, 7);
  const { hash } = await world.reaches(id, 'awaiting_approval');
  assert.equal(
    (await world.call('POST', `/rollouts/${id}/abort`, { body: { reason: 'not today' } })).status,
    200,
  );
  await world.reaches(id, 'aborted', 'rolled_back');
  await until('testing has gone back', () => world.all.every(({ running }) => running === null));
  const approval = await world.call('POST', `/rollouts/${id}/approve`, {
    by: world.people.amina,
    body: { breakGlass: false },
  });
  assert.equal(approval.status, 409, JSON.stringify(approval.body));
  // A whole rollout later it is still where it was.
  const later = await pushed(world, 8);
  await world.reaches(later, 'awaiting_approval');
  await world.call('POST', `/rollouts/${later}/approve`, { by: world.people.amina, body: {} });
  await world.reaches(later, 'proved');
  assert.match((await world.rollout(id)).phase, /aborted|rolled_back/);
  assert.ok(world.all.every(({ switchedAt, running }) => running !== hash && switchedAt.size > 0));
});

test('flagger#862: the same content again after an automatic way back is a new try with a clear answer', async () => {
  const world = await installation(0);
  const first = await pushed(world, 7);
  for (const agent of world.fleet) agent.tasteFault = () => 'limit: 7 does not work here';
  const back = await world.reaches(first, 'rolled_back');
  assert.match(back.because ?? '', /limit: 7 does not work here/);
  for (const agent of world.fleet) agent.tasteFault = () => undefined;
  const second = await pushed(world, 7);
  assert.notEqual(second, first);
  const { hash } = await world.reaches(second, 'proved');
  await until('everybody has it', () => world.all.every(({ good }) => good === hash));
});

test('envoy gateway#9198: an instance refuses a release; a new instance boots on the proved one, and the refusal shows', async () => {
  const world = await installation(0);
  const { hash: proved } = await world.reaches(await pushed(world, 7), 'proved');
  const [one] = world.fleet;
  assert.ok(one);
  one.tasteFault = () => 'limit: 8 does not work here';
  const refused = await pushed(world, 8);
  const { because, hash } = await world.reaches(refused, 'rolled_back');
  assert.match(because ?? '', /limit: 8 does not work here/);
  const late = world.startAgent('api-9', 'production');
  await until('it has what is proved', () => late.good === proved, { deadlineMs: 20_000 });
  assert.ok(!late.switchedAt.has(hash));
});
