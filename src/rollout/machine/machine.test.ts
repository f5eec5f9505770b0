import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEW, OLD, World, well } from '../testdata/fleet.ts';
import { step } from './machine.ts';
import { named } from './rollback.ts';
import type { RolloutState } from './state.ts';
import { events, LATER, receiptOfOne, worlds } from './testdata/worlds.ts';
import { rolloutMoves } from './transitions.ts';

test('the table is complete and true: every state × event goes only where it says, and everywhere it says', () => {
  const seen = new Set<string>();
  for (const [at, world] of worlds) {
    assert.equal(world.state.phase.at, at);
    for (const event of events) {
      for (const ms of LATER) {
        const { state } = step(world.state, event, world.now + ms);
        const next = state.phase.at;
        const allowed = next === at || rolloutMoves[at][event.type].includes(next);
        assert.ok(allowed, `${at} × ${event.type} → ${next}`);
        const moved = next !== at || JSON.stringify(state.phase) !== JSON.stringify(world.state.phase);
        if (moved) seen.add(`${at} × ${event.type} → ${next}`);
      }
    }
  }
  const listed = Object.entries(rolloutMoves).flatMap(([at, row]) =>
    Object.entries(row).flatMap(([type, targets]) => targets.map((target) => `${at} × ${type} → ${target}`)),
  );
  assert.deepEqual(
    listed.filter((move) => !seen.has(move)),
    [],
    'listed, but never seen',
  );
});

test('a healthy release goes from draft to proved, and everybody has it', () => {
  const world = new World().submit().tested().approved().until('proved').run(2_000);
  assert.equal(world.state.phase.at, 'proved');
  assert.deepEqual(world.having(OLD), []);
  const phases = world.effects.flatMap((effect) =>
    effect.type === 'journal' && effect.entry.what === 'phase' ? [effect.entry.to] : [],
  );
  assert.deepEqual(phases, ['testing', 'awaiting_approval', 'wave', 'wave', 'bake', 'rest', 'proved']);
  assert.ok(named(world.state).every(([, { has }]) => has === 'proved'));
});

test('R2: nothing reaches production before every testing instance has signed and people have approved', () => {
  const world = new World().submit().run(2_000);
  receiptOfOne(world).approved().run(2_000);
  assert.equal(world.state.phase.at, 'testing');
  assert.deepEqual(world.having(NEW), ['test-1', 'test-2']);
  world.send({ type: 'receipt', instance: 'test-2', passed: true, cause: '' }).run(250);
  assert.deepEqual(world.having(NEW), ['api-1', 'test-1', 'test-2']);
});

test('R2: the author’s own approval does not count, and one person counts once', () => {
  const world = new World().submit().tested();
  for (const person of ['wanjiru', 'amina', 'amina'])
    world.send({ type: 'approve', person, breakGlass: false });
  assert.equal(world.state.phase.at, 'awaiting_approval');
});

test('R3: each wave opens on evidence of health; without traffic none does, and the rollout is undone', () => {
  const world = new World().submit().tested().approved();
  assert.equal(world.having(NEW).length, 3);
  for (let beat = 0; beat < 100 && world.state.phase.at === 'wave'; beat++) {
    world.now += 250;
    const beats = [...world.serves].map(([instance, hash]) => ({
      instance,
      seq: 1e6 + beat,
      beat,
      hash,
      vitals: well,
    }));
    world.send({ type: 'beats', beats }).send({ type: 'tick' });
  }
  assert.equal(world.having(NEW).length, 0);
  assert.match(world.reason, /not_proved_in_time/);
});

test('R3: what fails on the new release only is undone by the gate', () => {
  const world = new World();
  for (const instance of ['api-1', 'api-2', 'api-3', 'api-4', 'api-5', 'api-6'])
    world.moods.set(instance, 'failing');
  world.submit().tested().approved().run(5_000);
  assert.match(world.reason, /more_bad_than_control/);
  assert.deepEqual(world.having(NEW), []);
  assert.equal(world.state.phase.at, 'rolled_back');
});

test('R19: a push is proved although nobody serves with the release that it follows, and judged all the same', () => {
  const apart = () => {
    const world = new World();
    for (const instance of world.serves.keys()) world.serves.set(instance, 'sha256:third');
    return world;
  };
  assert.equal(apart().submit().tested().approved().until('proved').state.phase.at, 'proved');
  const failing = apart();
  for (const instance of failing.serves.keys()) failing.moods.set(instance, 'failing');
  failing.submit().tested().approved().run(5_000);
  assert.match(failing.reason, /more_bad_than_control/);
});

test('a doubled or late event does no harm: sent again, it leaves the state as it is', () => {
  for (const [at, { state, now }] of worlds) {
    for (const event of events) {
      if (event.type === 'tick') continue;
      const once = step(state, event, now).state;
      assert.deepEqual(step(once, event, now).state, once, `${at} × ${JSON.stringify(event)}`);
    }
  }
});

test('control goes on from its JSON in any phase as if nothing had happened', () => {
  for (const [at, world] of worlds) {
    const restored: RolloutState = JSON.parse(JSON.stringify(world.state));
    assert.deepEqual(restored, world.state, at);
  }
  const world = new World().submit().tested().approved().run(500);
  world.now += 5_000;
  world.state = JSON.parse(JSON.stringify(world.state));
  world.send({ type: 'resume' }).send({ type: 'tick' });
  assert.equal(world.state.phase.at, 'wave', 'the silence was control’s own');
});
