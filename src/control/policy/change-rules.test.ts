import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ControlWorld, controlWorld } from '../../../test/control/world.ts';
import { until } from '../../../test/until.ts';
import type { JsonObject } from '../../config/canonical.ts';

interface Found {
  path: string;
  value: unknown;
  reason: string;
  advice: string;
}
type Rules = Parameters<typeof controlWorld>[2];

/** Two people may approve what the third pushes, and three instances of production ask for one of them. */
async function worldWith(rules?: Rules) {
  const world = await controlWorld({ people: 1 }, {}, rules);
  await world.startControl('control-1');
  const { fleet } = await world.startFleet(3);
  return { ...world, fleet };
}

async function approved(world: ControlWorld, id: string, ...by: ('amina' | 'baraka')[]) {
  await world.reaches(id, 'awaiting_approval');
  for (const name of by) {
    const { status, body } = await world.call('POST', `/rollouts/${id}/approve`, {
      by: world.people[name],
      body: {},
    });
    assert.equal(status, 200, JSON.stringify(body));
  }
}

/** Pushed by one, approved by so many, and in force on every instance in the end. */
async function passes(
  world: Awaited<ReturnType<typeof worldWith>>,
  change: JsonObject,
  ...by: ('amina' | 'baraka')[]
) {
  const { status, body } = await world.push(change);
  assert.equal(status, 201, JSON.stringify(body));
  const { id } = body.rollout as { id: string };
  await approved(world, id, ...by);
  const view = await world.reaches(id, 'proved');
  await until('all have it', () => world.fleet.every(({ good }) => good === view.hash));
  return view;
}

const evidence = { minMs: 0, deadlineMs: 1_000, excessBadRate: 0.001 };
const tooQuick = { firstWave: evidence, laterWaves: evidence, bake: evidence };
const sane = { minMs: 200, deadlineMs: 15_000, excessBadRate: 0.2 };

test('rules that no release could pass are refused, with key, value, cause and what to do', async () => {
  const world = await worldWith();
  const cases: [JsonObject, string, unknown, RegExp][] = [
    [{ approvals: 10 }, 'rollouts.approvals', 10, /more than the 2 who could approve.*ask for 2 at most/],
    [{ approvals: 0 }, 'rollouts.approvals', 0, /less than the 1 that the instances insist on.*at least/],
    [{ firstWave: { deadlineMs: 1_000 } }, 'rollouts.firstWave.deadlineMs', 1_000, /above minMs.*raise it/],
    [
      { firstWave: { ...evidence, deadlineMs: 2_000 } },
      'rollouts.firstWave.deadlineMs',
      2_000,
      /excessBadRate of 0\.001 takes 1\d\d\d good outcomes, and \d+ come.*raise it to \d+000/,
    ],
    [
      { firstWave: { maxFailed: 1 } },
      'rollouts.firstWave.maxFailed',
      1,
      /one instance more could cost \d+ failed payments.*where 1 are allowed, at [\d.]+ payments a second to 3 instances/,
    ],
  ];
  for (const [rollouts, path, value, text] of cases) {
    const { status, body } = await world.push({ rollouts });
    assert.equal(status, 422, JSON.stringify(body));
    const { problems } = body.error as never as { problems: Found[] };
    const found = problems.find((each) => each.path === path);
    assert.ok(found, JSON.stringify(problems));
    assert.equal(found.value, value);
    assert.match(`${found.reason}: ${found.advice}`, text);
    const validated = await world.call('POST', '/config/validate', { body: { change: { rollouts } } });
    const also = validated.body.problems as never as Found[];
    assert.deepEqual(
      also.map(({ path }) => path),
      problems.map(({ path }) => path),
      'validate says the same',
    );
  }
  // A first wave that is larger than the fleet is the fleet less the hold-back: what follows can pass.
  const first = await passes(world, { rollouts: { firstWave: { instances: 1_000 } } }, 'amina');
  assert.deepEqual(
    first.waves.map(({ instances }) => instances),
    [1, 2],
    'the short way',
  );
  const priced = await world.call('POST', '/config/validate', { body: { change: { limit: 6 } } });
  const plan = priced.body.plan as never as { waves: { instances: number }[] };
  assert.deepEqual(
    plan.waves.map(({ instances }) => instances),
    [2, 1],
    'priced by the rules in force, not by those that control is told',
  );
  const next = await passes(world, { limit: 6 }, 'amina');
  assert.deepEqual(
    next.waves.map(({ instances }) => instances),
    [2, 1],
  );
});

test('where the traffic is not known the probes alone count, and the answer says who knows more', async () => {
  const world = await worldWith();
  const second = await world.startControl('control-2');
  const change = { rollouts: { firstWave: { minMs: 0, deadlineMs: 10_000, excessBadRate: 0.02 } } };
  const first = await world.call('POST', '/config/validate', { body: { change } });
  assert.deepEqual(first.body.problems, [], 'there is enough traffic for that');
  const other = await world.call('POST', '/config/validate', { body: { change }, at: second.url });
  assert.match(
    JSON.stringify(other.body.problems),
    /takes \d+ good outcomes, and 40 come, at 4 outcomes a second of each instance.*does not hear the instances: ask the one that leads/,
  );
});

test('more approvals than people are in force: nothing passes but their repair, which all there are approve', async () => {
  const world = await worldWith({ approvals: 10 });
  const stuck = await world.push({ limit: 6 });
  assert.equal(stuck.status, 201);
  await approved(world, 'shop-1', 'amina', 'baraka');
  assert.equal((await world.rollout('shop-1')).phase, 'awaiting_approval', 'it waits for eight more');
  await world.call('POST', '/rollouts/shop-1/abort', { body: { reason: 'nobody is left' } });
  await world.reaches('shop-1', 'rolled_back');
  const { body } = await world.call('POST', '/config/validate', { body: { change: { limit: 6 } } });
  assert.match(JSON.stringify(body.plan), /rollouts\.approvals 10 is more than the 2 who could approve/);

  // A repair cannot slip anything else in, nor do with fewer people than there are.
  await world.push({ limit: 6, rollouts: { approvals: 1 } });
  assert.equal((await world.reaches('shop-2', 'awaiting_approval')).approvalsNeeded, 10);
  await world.call('POST', '/rollouts/shop-2/abort', { body: { reason: 'two things at once' } });
  await world.reaches('shop-2', 'rolled_back');
  const repaired = await passes(world, { rollouts: { approvals: 2 } }, 'amina', 'baraka');
  assert.equal(repaired.approvalsNeeded, 2);

  // Rules that could be passed when they came, and cannot any more.
  const left = await world.call('DELETE', '/operators/baraka', { by: world.people.amina });
  assert.equal(left.status, 200, JSON.stringify(left.body));
  assert.match(JSON.stringify(left.body.warnings), /^\["shop: rollouts\.approvals 2 is more than the 1 who/);
  const now = await world.call('POST', '/config/validate', { body: { change: { limit: 6 } } });
  assert.match(JSON.stringify(now.body.plan), /rollouts\.approvals 2 is more than the 1 who could approve/);
  await passes(world, { rollouts: { approvals: 1 } }, 'amina');
  await passes(world, { limit: 6 }, 'amina');
});

test('a deadline that no evidence meets is in force: nothing passes but its repair', async () => {
  const world = await worldWith(tooQuick);
  await world.push({ limit: 6 });
  await approved(world, 'shop-1', 'amina');
  const failed = await world.reaches('shop-1', 'rolled_back');
  assert.match(failed.because ?? '', /not_proved_in_time/);
  const half = await world.push({ rollouts: { firstWave: sane } });
  assert.equal(half.status, 422, 'one that leaves it as impossible is none');
  await passes(world, { rollouts: { firstWave: sane, laterWaves: sane, bake: sane } }, 'amina');
  await passes(world, { limit: 6 }, 'amina');
});
