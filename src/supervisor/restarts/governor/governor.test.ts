import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allowedAway } from './budget.ts';
import {
  begin,
  defaultRestartPolicy,
  type Restart,
  type RestartPolicy,
  type Sight,
  type Stage,
  type Target,
} from './restart.ts';
import { step } from './step.ts';
import { stepTarget } from './target.ts';
import { noTroubles, restartWorld, seeded } from './testdata/world.ts';

const policy = defaultRestartPolicy;
const now = 1_000_000;
const requestedAt = now - 10_000;

const sight = (state: Sight['state'], startedAt: number, health: Sight['health'] = 'good'): Sight => ({
  name: 'api-1',
  pool: 'api',
  state,
  startedAt,
  health,
});
const [old, fresh] = [requestedAt - 1, requestedAt + 1];

const sights: Record<string, Sight> = {
  'old serves': sight('serving', old),
  'old away': sight('away', old),
  stopped: sight('stopped', old),
  'new away': sight('away', fresh),
  'new sick': sight('serving', fresh, 'bad'),
  'new silent': sight('serving', fresh, 'unknown'),
  'new well': sight('serving', fresh),
};

/**
 * Stage × what is seen → the next stage. `-`: stays. The last column: the old one still serves, not well, at
 * the deadline.
 */
const table = `
stage    | old serves | old away | stopped | new away | new sick | new silent | new well | deadline
waiting  | -          | -        | stopped | starting | starting | starting   | starting | -
draining | -          | -        | stopped | starting | starting | starting   | starting | waiting
stopped  | -          | -        | -       | starting | starting | starting   | starting | -
starting | -          | -        | stopped | -        | warming  | warming    | warming  | failed
warming  | proving    | failed   | stopped | failed   | -        | -          | proving  | failed
proving  | -          | failed   | stopped | failed   | -        | -          | -        | failed
done     | -          | -        | -       | -        | -        | -          | -        | -
failed   | -          | -        | stopped | -        | -        | -          | -        | -`;

const rows = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));

test('each stage goes on by what is seen as the table says', () => {
  const [head = [], ...lines] = rows(table);
  assert.deepEqual(head.slice(1, -1), Object.keys(sights));
  for (const [stage, ...cells] of lines) {
    for (const [index, cell] of cells.entries()) {
      const column = head[index + 1] ?? '';
      const late = column === 'deadline';
      const target: Target = {
        name: 'api-1',
        pool: 'api',
        phase: 0,
        stage: stage as Stage,
        deadlineAt: late ? now : now + 1,
        healthySince: null,
      };
      const seen = late ? sight('serving', old, 'bad') : sights[column];
      const after = stepTarget(target, seen, { requestedAt }, now, policy);
      assert.equal(after.stage, cell === '-' ? stage : cell, `${stage} × ${column}`);
    }
  }
});

/** A pool of `size` that serves, and a restart of all of it. */
function started(size: number, changed: Partial<RestartPolicy> = {}) {
  const its = { ...policy, ...changed };
  const fleet = Array.from(
    { length: size },
    (_, index): Sight => ({
      ...sight('serving', old),
      name: `api-${index + 1}`,
    }),
  );
  const targets = fleet.map(({ name, pool }) => ({ name, pool, phase: 0 }));
  const state = begin({ id: 'r', reason: 'test', targets }, fleet, requestedAt, its, () => 0.5);
  return { fleet, state, its };
}

const see = (state: Restart, fleet: readonly Sight[], at: number, its = policy) =>
  step(state, { type: 'seen', fleet }, at, its);

const changed = (fleet: readonly Sight[], name: string, to: Partial<Sight>) =>
  fleet.map((one) => (one.name === name ? { ...one, ...to } : one));

test('R13: one instance is drained, stopped, started, warmed and proved before the next is taken', () => {
  const { fleet, state } = started(3);
  const orders: string[] = [];
  let now = requestedAt;
  let [current, seen] = [state, fleet];
  const next = (to?: readonly Sight[], laterMs = 100) => {
    now += laterMs;
    seen = [...(to ?? seen)];
    const after = see(current, seen, now);
    current = after.state;
    orders.push(...after.effects.map((effect) => `${effect.do} ${effect.name}`));
  };
  next();
  next(changed(seen, 'api-1', { state: 'away' }));
  next(changed(seen, 'api-1', { state: 'stopped' }));
  next(changed(seen, 'api-1', { state: 'away', startedAt: now }));
  next(changed(seen, 'api-1', { state: 'serving', health: 'unknown' }));
  assert.equal(current.targets[0]?.stage, 'warming');
  next(changed(seen, 'api-1', { health: 'good' }));
  next(undefined, policy.proveMs - 1);
  assert.deepEqual(orders, ['drain api-1', 'start api-1']);
  next(undefined, 1);
  assert.deepEqual(orders.slice(2), ['drain api-2']);
});

test('R13: while an instance that nobody took is not healthy, none is taken; when that lasts, it gives up', () => {
  const { fleet, state } = started(8, { awayShare: 0.5 });
  for (const trouble of [{ health: 'bad' }, { health: 'unknown' }, { state: 'away' }] as const) {
    const sick = changed(fleet, 'api-8', trouble);
    const paused = see(state, sick, requestedAt + 100);
    assert.deepEqual([paused.state.mode, paused.effects], ['paused', []]);
    const settling = see(paused.state, fleet, requestedAt + 200);
    assert.equal(settling.state.mode, 'paused');
    const again = see(settling.state, fleet, requestedAt + 200 + policy.settleMs);
    assert.deepEqual([again.state.mode, again.effects.length], ['running', 1]);
    const tooLong = see(paused.state, sick, requestedAt + 100 + policy.pauseMs);
    assert.deepEqual([tooLong.state.mode, tooLong.state.why], ['gave-up', 'api-8 not healthy for 60 s']);
  }
});

test('who was sick before the restart does not hold it up: it is restarted too', () => {
  const sick = [{ ...sight('away', old) }];
  const targets = [{ name: 'api-1', pool: 'api', phase: 0 }];
  const state = begin({ id: 'r', reason: 'test', targets }, sick, requestedAt, policy, Math.random);
  assert.deepEqual(see(state, sick, requestedAt + 100).effects, [{ do: 'drain', name: 'api-1' }]);
});

test('a cancelled restart takes no more, and starts what it had asked to stop', () => {
  const { fleet, state } = started(4);
  const taken = see(state, fleet, requestedAt + 100);
  const cancelled = step(taken.state, { type: 'cancel', why: 'enough' }, requestedAt + 200, policy).state;
  const stopped = see(cancelled, changed(fleet, 'api-1', { state: 'stopped' }), requestedAt + 300);
  assert.deepEqual(stopped.effects, [{ do: 'start', name: 'api-1' }]);
  assert.deepEqual([stopped.state.mode, stopped.state.why], ['giving-up', 'enough']);
});

test('waves grow, phases follow each other, and nothing is left behind', () => {
  const { restart, waves, exceeded, mostAway } = restartWorld({
    pools: [
      { pool: 'auth', size: 2, phase: 1 },
      { pool: 'api', size: 40, phase: 2 },
    ],
    policy: { ...policy, startsPerSecond: 50 },
    random: seeded(7),
    troubles: noTroubles,
    tickMs: 100,
  });
  assert.equal(restart.mode, 'done');
  assert.deepEqual(waves, [1, 2, 1, 2, 4, 8, 16, 32]);
  assert.deepEqual(exceeded, []);
  assert.ok(mostAway <= 10);
});

test('R13: whatever happens, the budget and the cap of starts hold, it ends, and no instance is left stopped', () => {
  const chance = fc.constantFrom(0, 0, 0.002, 0.02, 0.2);
  fc.assert(
    fc.property(
      fc.record({
        crash: chance,
        neverServes: chance,
        unhealthy: chance,
        lostOrder: chance,
        amnesia: chance,
      }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer(),
      (troubles, sizes, awayShare, startsPerSecond, failuresAllowed, seed) => {
        const its = { ...policy, awayShare, startsPerSecond, failuresAllowed, totalMs: 600_000 };
        const outcome = restartWorld({
          pools: sizes.map((size, index) => ({ pool: `pool${index}`, size, phase: index })),
          policy: its,
          random: seeded(seed),
          troubles,
          tickMs: 250,
        });
        assert.deepEqual(outcome.exceeded, []);
        assert.ok(outcome.mostStartsInASecond <= startsPerSecond);
        assert.deepEqual(
          outcome.instances.filter(({ state }) => state === 'stopped'),
          [],
        );
        if (outcome.restart.mode === 'done') {
          const left = outcome.restart.targets.filter(({ stage }) => stage !== 'done');
          assert.ok(left.length <= failuresAllowed);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('R13: 10,000 instances, some of which crash and forget, are restarted within their budget', (t) => {
  const { restart, exceeded, mostAway, mostStartsInASecond, seconds, waves } = restartWorld({
    pools: [
      { pool: 'auth', size: 1_000, phase: 1 },
      { pool: 'api', size: 9_000, phase: 2 },
    ],
    policy: { ...policy, startsPerSecond: 200 },
    random: seeded(11),
    troubles: { ...noTroubles, crash: 1e-6, lostOrder: 0.001, amnesia: 0.01 },
    tickMs: 1_000,
  });
  t.diagnostic(`${seconds} s, ${waves.length} waves, at most ${mostAway} away`);
  assert.equal(restart.mode, 'done');
  assert.deepEqual(exceeded, []);
  assert.ok(mostStartsInASecond <= 200);
});

test('a restart that was written down and read again goes on as if it had not been', () => {
  const { fleet, state } = started(5, { awayShare: 0.5 });
  let [kept, read] = [state, state];
  for (let tick = 1; tick < 50; tick += 1) {
    read = JSON.parse(JSON.stringify(read)) as Restart;
    const seen = tick % 7 === 0 ? changed(fleet, 'api-3', { state: 'away' }) : fleet;
    const [a, b] = [see(kept, seen, requestedAt + tick * 100), see(read, seen, requestedAt + tick * 100)];
    assert.deepEqual(b, a);
    [kept, read] = [a.state, b.state];
  }
});

test('one instance of a pool may always be away, more only up to the share', () => {
  assert.deepEqual(
    [1, 2, 3, 8, 10_000].map((size) => allowedAway(size, 0.25)),
    [1, 1, 1, 2, 2_500],
  );
});
