import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEW, OLD, World } from '../testdata/fleet.ts';
import { step } from './machine.ts';
import { mayHave, named } from './rollback.ts';
import { refused, worlds } from './testdata/worlds.ts';

test('R6: from every phase, undo tells everybody who may have the release to go back', () => {
  for (const [at, { state, now }] of worlds) {
    const holders = named(state).filter(([, progress]) => mayHave(progress));
    const { state: after, effects } = step(state, { type: 'undo', by: 'amina', reason: 'smoke' }, now);
    const told = effects.flatMap((effect) => (effect.type === 'undo' ? [effect.instance] : []));
    for (const [instance] of holders) assert.ok(told.includes(instance), `${at}: ${instance}`);
    assert.ok(['rolling_back', 'rolled_back', 'aborted'].includes(after.phase.at), at);
    assert.equal(
      effects.some(({ type }) => type === 'refuse'),
      false,
      at,
    );
  }
});

test('R6 R18: a proved release that nobody is known to have by now is taken back, too', () => {
  const { state, now } = new World().submit().tested().approved().until('proved');
  const others = named(state).map(([name, each]) => [name, { ...each, has: 'old' as const }]);
  const instances = Object.fromEntries(others);
  for (const known of [{}, instances]) {
    const undo = { type: 'undo' as const, by: 'amina', reason: 'smoke' };
    const undone = step({ ...state, instances: known }, undo, now).state;
    assert.equal(undone.phase.at, 'rolling_back');
    assert.equal(step(undone, { type: 'tick' }, now).state.phase.at, 'rolled_back');
  }
});

test('R10: an instance that falls silent, or stands still, undoes the rollout within seconds', () => {
  for (const [mood, reason] of [
    ['silent', /api-1 has been silent/],
    ['stalled', /api-1 stood still/],
  ] as const) {
    const world = new World().submit().tested().approved().run(500);
    world.moods.set('api-1', mood);
    world.run(1_500);
    assert.match(world.reason, reason);
    assert.deepEqual(world.having(NEW), []);
  }
});

test('R5: an instance that cannot be reached is back when its lease has run out, and not before', () => {
  const world = new World().submit().tested().approved().run(500);
  world.moods.set('api-1', 'deaf');
  world.run(3_000);
  assert.equal(world.state.phase.at, 'rolling_back');
  const { leaseUntil } = world.state.instances['api-1'] ?? {};
  assert.ok(typeof leaseUntil === 'number' && leaseUntil > world.now);
  world.run(leaseUntil - world.now - 500);
  assert.equal(world.state.phase.at, 'rolling_back');
  world.run(1_000);
  assert.equal(world.state.phase.at, 'rolled_back');
});

test('R5: only a healthy rollout renews, and only instances that are heard', () => {
  const world = new World().submit().tested().approved().run(4_000);
  assert.ok(world.effects.some((effect) => effect.type === 'renew' && effect.instance === 'api-1'));
  world.send({ type: 'undo', by: 'amina', reason: 'smoke' });
  const before = world.effects.length;
  world.run(5_000);
  assert.equal(
    world.effects.slice(before).some(({ type }) => type === 'renew'),
    false,
  );
});

test('an instance that turns up with an undone release is told to go back', () => {
  const world = new World().submit().tested().approved().run(500);
  world.send({ type: 'undo', by: 'amina', reason: 'smoke' }).until('rolled_back').run(2_000);
  world.serves.set('api-1', NEW);
  world.run(500);
  assert.deepEqual(world.having(NEW), []);
});

test('once proved, a late refusal is told to people and undoes nothing; a newcomer is caught up', () => {
  const world = new World().submit().tested().approved().until('proved').run(2_000);
  world.send({ type: 'claimed', instance: 'api-1', seq: 1e9, message: refused(true) });
  assert.equal(world.state.phase.at, 'proved');
  assert.ok(world.effects.some((effect) => effect.type === 'journal' && effect.entry.what === 'fact'));
  world.serves.set('api-9', OLD);
  world.send({ type: 'joined', member: { instance: 'api-9', cell: 'a' }, environment: 'target' }).run(4_000);
  assert.equal(world.serves.get('api-9'), NEW);
  assert.equal(world.state.instances['api-9']?.has, 'proved');
});

test('R6: a proved release is undone by one event, everywhere', () => {
  const world = new World().submit().tested().approved().until('proved').run(2_000);
  world.send({ type: 'undo', by: 'amina', reason: 'smoke' }).run(500);
  assert.deepEqual(world.having(NEW), []);
  assert.equal(world.state.phase.at, 'rolled_back');
});
