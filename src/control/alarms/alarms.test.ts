import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControlWorld, controlWorld } from '../../../test/control/world.ts';
import { until } from '../../../test/until.ts';
import type { JudgementView } from '../contract/resources/alarms.ts';
import { readJournal } from '../store/journal.ts';

/** Statistics take seconds; a busy machine more of them. */
const ALARM_MS = 20_000;
const CLEARED_MS = 10_000;

async function judged({ call }: ControlWorld, at?: string): Promise<JudgementView> {
  const { status, body } = await call('GET', '/alarms', at === undefined ? {} : { at });
  assert.equal(status, 200, JSON.stringify(body));
  const { services }: { services: JudgementView[] } = JSON.parse(JSON.stringify(body));
  const [shop] = services;
  assert.ok(shop);
  return shop;
}

const kindsOf = ({ alarms }: JudgementView) => alarms.map(({ kind }) => kind);

async function entries({ database }: ControlWorld, kind: string) {
  const rows = await readJournal(database, { limit: 1_000 });
  return rows.filter((row) => row.kind === kind);
}

test('R10 R15: a proved release that turns bad is an alarm with the undo in it; it outlives its leader and ends with the undo', async () => {
  const world = await controlWorld();
  const first = await world.startControl('control-1');
  const { fleet } = await world.startFleet(3);
  await world.push({ limit: 7 });
  const { hash, release } = await world.reaches('shop-1', 'proved');
  await until('all have it for good', () => fleet.every(({ good }) => good === hash));
  const quiet = await until('it is judged', async () => {
    const view = await judged(world);
    return view.rollout === 'shop-1' && view.requests.good > 0 && view;
  });
  assert.deepEqual([quiet.hash, quiet.release, quiet.unknown, quiet.alarms], [hash, release, null, []]);
  assert.ok((quiet.before?.good ?? 0) > 0, 'what it is compared with is shown');

  for (const agent of fleet) agent.errorRate = (running) => (running === hash ? 0.5 : 0);
  const alarm = await until(
    'an alarm names it',
    async () => (await judged(world)).alarms.find(({ kind }) => kind === 'failing'),
    { deadlineMs: ALARM_MS },
  );
  assert.match(
    alarm.what,
    /^\d+ of \d+ requests failed in the last 10 s, 0 of \d+ in the two minutes before/,
  );
  assert.equal(alarm.undo, `imara undo --from ${release} --reason 'alarm: failing'`);
  assert.equal(alarm.suspect, true);
  assert.match(await first.registry.metrics(), /control_alarms{service="shop",kind="failing"} 1/);
  assert.equal((await world.rollout('shop-1')).phase, 'proved', 'nothing is undone for it');
  const [raised] = await entries(world, 'alarm.raised');
  assert.deepEqual([raised?.actor, raised?.subject], ['control:control-1', 'shop-1']);

  const second = await world.startControl('control-2');
  assert.deepEqual(
    kindsOf(await judged(world, second.url)),
    ['failing'],
    'one that does not lead says it too',
  );
  await first.kill();
  await until('another leads', () => second.control.leads(), { deadlineMs: ALARM_MS });
  const still = await until('it says so', async () => {
    const view = await judged(world);
    return view.requests.bad > 0 && view;
  });
  assert.deepEqual(
    still.alarms.map(({ kind, since }) => [kind, since]),
    [['failing', alarm.since]],
  );

  await world.call('POST', '/undo', { body: { rollout: 'shop-1', reason: 'alarm: failing' } });
  await until('no alarm stands', async () => (await judged(world)).alarms.length === 0, {
    deadlineMs: CLEARED_MS,
  });
  const [cleared, ...more] = await entries(world, 'alarm.cleared');
  assert.deepEqual([cleared?.subject, more], ['shop-1', []]);
  assert.equal((await entries(world, 'alarm.raised')).length, 1);
  assert.doesNotMatch(await second.registry.metrics(), /control_alarms{/);
});

test('R10: a value that an instance finds not to work after the proof is an alarm at once, also while another change is under way', async () => {
  const world = await controlWorld();
  await world.startControl('control-1');
  const { testing, fleet } = await world.startFleet(2);
  await world.push({ limit: 7 });
  const { hash } = await world.reaches('shop-1', 'proved');
  await until('all have it for good', () => fleet.every(({ good }) => good === hash));
  // It waits in testing, where nothing is signed.
  testing.testFault = undefined;
  testing.cutOff = true;
  await world.push({ limit: 8 });
  await world.reaches('shop-2', 'testing');
  fleet[0]?.tell({
    type: 'refused',
    rollout: null,
    hash,
    key: 'limit',
    cause: 'nobody takes it',
    late: true,
  });
  const view = await until('it is said', async () => {
    const now = await judged(world);
    return kindsOf(now).includes('value_failed') && now;
  });
  assert.equal(view.rollout, 'shop-1', 'it is about what is in force');
  const alarm = view.alarms.find(({ kind }) => kind === 'value_failed');
  assert.equal(alarm?.what, 'api-1 found that it does not work: limit: nobody takes it');
  assert.deepEqual(alarm?.instances, ['api-1']);
});

test('R10: silence after the proof is an alarm, with what is built in too, where there is nothing to undo', async () => {
  const world = await controlWorld();
  await world.startControl('control-1');
  const { fleet } = await world.startFleet(2);
  const [lost] = fleet;
  assert.ok(lost);
  lost.cutOff = true;
  const alarm = await until(
    'it is said',
    async () => (await judged(world)).alarms.find(({ kind }) => kind === 'silent'),
    { deadlineMs: ALARM_MS },
  );
  assert.deepEqual([alarm.instances, alarm.undo], [['api-1'], null]);
});
