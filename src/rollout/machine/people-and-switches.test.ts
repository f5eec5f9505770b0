import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { members, NEW, OLD, World } from '../testdata/fleet.ts';
import { step } from './machine.ts';
import { mayHave, named } from './rollback.ts';
import type { RolloutState } from './state.ts';
import { events, frozen, inWaitAfter, refused, switching, worlds } from './testdata/worlds.ts';

test('R6: no history of freezes, missing approvals, refusals, crashes or lies can make undo fail', () => {
  const history = fc.array(fc.tuple(fc.constantFrom(...events), fc.nat(2_000)), { maxLength: 25 });
  fc.assert(
    fc.property(fc.constantFrom(...worlds), history, ([, world], steps) => {
      let state = world.state;
      let now = world.now;
      for (const [event, ms] of steps) {
        now += ms;
        state = step(state, event, now).state;
        checkInvariants(state);
      }
      const holders = named(state).filter(([, progress]) => mayHave(progress));
      const undone = step(state, { type: 'undo', by: 'anybody', reason: '' }, now);
      const told = undone.effects.flatMap((effect) => (effect.type === 'undo' ? [effect.instance] : []));
      for (const [instance] of holders) assert.ok(told.includes(instance), instance);
      // From here nothing offers, renews or proves any more, whatever else comes.
      state = undone.state;
      for (const [event, ms] of steps) {
        now += ms;
        const next = step(state, event, now);
        for (const { type } of next.effects) assert.ok(!['offer', 'renew', 'prove'].includes(type), type);
        state = next.state;
      }
    }),
    { numRuns: 400 },
  );
});

test('a freeze holds the next wave back, never the way back; break-glass passes it with two people', () => {
  const world = frozen(new World()).submit().tested().approved().run(1_000);
  assert.equal(world.state.phase.at, 'waiting');
  assert.equal(
    world.send({ type: 'undo', by: 'amina', reason: 'smoke' }).run(500).state.phase.at,
    'rolled_back',
  );

  const urgent = frozen(new World()).submit().tested();
  urgent.send({ type: 'approve', person: 'amina', breakGlass: true }).run(250);
  assert.equal(urgent.state.phase.at, 'awaiting_approval');
  urgent.send({ type: 'approve', person: 'baraka', breakGlass: true });
  assert.equal(urgent.state.phase.at, 'wave');
  assert.ok(urgent.state.waves.every(({ leaseMs }) => leaseMs === 5_000));
});

test('a testing instance that joins after a break-glass rollout is offered the release as testing is, without it', () => {
  const world = new World().submit().tested().approved(true).until('proved');
  const before = world.effects.length;
  const join = (instance: string, environment: 'testing' | 'target') =>
    world.send({ type: 'joined', member: { instance, cell: 'a' }, environment });
  join('test-9', 'testing');
  join('api-9', 'target').run(2_000);
  const offers = world.effects.slice(before).flatMap((effect) => (effect.type === 'offer' ? [effect] : []));
  assert.deepEqual(
    offers.map(({ instance, breakGlass }) => [instance, breakGlass]),
    [
      ['test-9', false],
      ['api-9', true],
    ],
  );
});

test('break-glass is there for one person alone, where a change needs nobody else; what a freeze holds is put on it', () => {
  const alone = frozen(new World(6, { people: 0 }))
    .submit()
    .tested();
  assert.equal(alone.state.phase.at, 'waiting');
  alone.send({ type: 'approve', person: 'wanjiru', breakGlass: true });
  assert.equal(alone.state.phase.at, 'wave');
  assert.equal(alone.state.breakGlass, true);
  const own = frozen(new World(6, { people: 1 }))
    .submit()
    .tested();
  own.send({ type: 'approve', person: 'wanjiru', breakGlass: true });
  assert.equal(own.state.phase.at, 'awaiting_approval', 'where a change needs another, so does this');
  own.send({ type: 'approve', person: 'amina', breakGlass: true });
  assert.equal(own.state.phase.at, 'wave');
});

test('a switch goes to one instance, then to all, in no time, whatever freezes and approvals say', () => {
  const world = frozen(switching(new World(6, { confirmWaves: true })))
    .submit()
    .tested();
  assert.equal(world.state.phase.at, 'wave');
  assert.deepEqual(world.having(NEW), ['api-1', 'test-1', 'test-2']);
  const beganAt = world.now;
  world.until('bake').run(250);
  assert.deepEqual(world.having(OLD), []);
  assert.ok(world.now - beganAt <= 1_500, `${world.now - beganAt}`);
  world.until('proved').run(1_000);
  assert.ok(world.now - beganAt <= 5_000, `${world.now - beganAt}`);
  assert.ok(named(world.state).every(([, { has }]) => has === 'proved'));
});

test('R2: a switch takes its receipts; one that fails in testing is undone', () => {
  const world = switching(new World()).submit().run(1_000);
  assert.deepEqual(world.having(NEW), ['test-1', 'test-2']);
  world.send({ type: 'receipt', instance: 'test-1', passed: false, cause: 'it crashed' }).run(1_000);
  assert.equal(world.state.phase.at, 'rolled_back');
});

test('a switch is undone by what an instance says of it, and not by what it is pulled for', () => {
  for (const mood of ['failing', 'stalled'] as const) {
    const world = switching(new World());
    for (const { instance } of members('api', 6)) world.moods.set(instance, mood);
    assert.equal(world.submit().tested().until('proved').state.phase.at, 'proved', mood);
  }
  const refusing = switching(new World()).submit().tested();
  refusing.send({ type: 'claimed', instance: 'api-1', seq: 1e9, message: refused(true) });
  assert.deepEqual(refusing.run(1_000).having(NEW), []);
  const crashing = switching(new World()).submit().tested();
  crashing.send({ type: 'left', instance: 'api-1', planned: false });
  assert.match(crashing.reason, /api-1 crashed/);
});

test('R10: a switch goes no further than one instance that is silent since it took it', () => {
  const world = switching(new World()).submit().tested();
  world.moods.set('api-1', 'silent');
  world.run(5_000);
  assert.deepEqual(world.having(NEW), ['api-1', 'test-1', 'test-2']);
  world.moods.set('api-1', 'well');
  assert.equal(world.until('proved').state.phase.at, 'proved');
});

test('an instance too sick to take a switch keeps it from nobody else, and gets it when it is well', () => {
  const world = switching(new World());
  world.moods.set('api-6', 'deaf');
  world.submit().tested().until('proved').run(2_000);
  assert.deepEqual(world.having(OLD), ['api-6']);
  world.moods.set('api-6', 'well');
  world.run(3_000);
  assert.deepEqual(world.having(OLD), []);
});

test('break-glass never skips the receipts', () => {
  const world = new World().submit().approved(true).run(2_000);
  assert.equal(world.state.phase.at, 'testing');
});

test('a wave that waits for a person is watched as before', () => {
  const world = inWaitAfter('wave');
  world.moods.set('api-1', 'silent');
  world.run(2_000);
  assert.equal(world.state.phase.at, 'rolled_back');
});

test('a person can let a wave open only when its evidence is there', () => {
  const world = new World(6, { confirmWaves: true }).submit().tested().approved().run(500);
  const { effects } = step(world.state, { type: 'confirm', person: 'amina' }, world.now);
  assert.match(JSON.stringify(effects), /not proved yet \(too_few_outcomes\): \d+ good outcomes are missing/);
});

function checkInvariants(state: RolloutState): void {
  const production = named(state).filter(
    ([, progress]) => progress.environment === 'target' && mayHave(progress),
  );
  const { at } = state.phase;
  if (['draft', 'testing', 'awaiting_approval'].includes(at)) assert.equal(production.length, 0, 'R2');
  if (at === 'rolled_back' || at === 'aborted') {
    assert.equal(named(state).filter(([, progress]) => mayHave(progress)).length, 0);
  }
  if (production.length > 0 && at !== 'rolling_back') {
    assert.ok(state.receipts.length > 0, 'R2');
    assert.ok(new Set(state.approvals.map(({ person }) => person)).size >= state.policy.people);
    assert.equal(
      state.approvals.some(({ person }) => person === state.author),
      false,
    );
  }
}
