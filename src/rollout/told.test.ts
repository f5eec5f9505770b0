import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { step } from './machine.ts';
import type { RolloutEvent, RolloutState } from './rollout-state.ts';
import { NEW, OLD, World } from './testdata/fleet.ts';
import { toldAll } from './told.ts';

type Claim = RolloutEvent & { type: 'told' };

const message = fc.constantFrom<Claim['message']>(
  { type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD },
  { type: 'taken', rollout: 'r-0', hash: NEW, wayBack: OLD },
  { type: 'in_ring', rollout: 'r-1', hash: NEW },
  { type: 'back', rollout: 'r-1', from: NEW, hash: OLD },
  { type: 'booted', hash: OLD, passedOver: [] },
  { type: 'booted', hash: OLD, passedOver: [NEW] },
  { type: 'refused', rollout: 'r-1', hash: NEW, late: true, cause: 'does not answer' },
  { type: 'lease_lost', rollout: 'r-1', hash: NEW },
  { type: 'not_proved', rollout: 'r-1', cause: 'nothing was served' },
);
const claims = fc.array(
  fc.record<Claim>({
    type: fc.constant('told'),
    instance: fc.constantFrom('api-1', 'api-2', 'api-3', 'test-1', 'nobody'),
    seq: fc.nat(2_000),
    message,
  }),
);

/** One rollout in each of the phases in which claims come. */
const states: readonly RolloutState[] = [
  new World().submit(),
  new World().submit().tested().approved(),
  new World().submit().tested().approved().run(1_000),
  new World().submit().tested().approved().until('bake'),
  new World().submit().tested().approved().until('proved'),
  new World().submit().tested().approved().until('bake').send({ type: 'undo', by: 'amina', reason: '' }),
].map(({ state }) => state);

test('claims told together come to the same as one after another', () => {
  const now = 2_000_000;
  fc.assert(
    fc.property(fc.constantFrom(...states), claims, (state, told) => {
      let one: ReturnType<typeof step> = { state, effects: [] };
      for (const claim of told) {
        const next = step(one.state, claim, now);
        one = { state: next.state, effects: [...one.effects, ...next.effects] };
      }
      assert.deepEqual(toldAll(state, told, now), one);
    }),
    { numRuns: 500 },
  );
});

/** It says that it could not boot with the new release. */
const couldNotBoot = (world: World, instance: string) => {
  world.serves.set(instance, OLD);
  const seq = (world.state.instances[instance]?.seq ?? 0) + 1;
  return world.send({
    type: 'told',
    instance,
    seq,
    message: { type: 'booted', hash: OLD, passedOver: [NEW] },
  });
};
const facts = ({ effects }: World) =>
  effects.flatMap((effect) =>
    effect.type === 'journal' && effect.entry.what === 'fact' ? [effect.entry.fact] : [],
  );

test('R9: an instance that could not boot with the proved release is not offered it again, and people are told', () => {
  const world = new World().submit().tested().approved().until('proved');
  couldNotBoot(world, 'api-1').run(20_000);
  assert.equal(world.state.phase.at, 'proved');
  assert.equal(world.state.instances['api-1']?.has, 'back');
  assert.deepEqual(world.having(OLD), ['api-1']);
  assert.deepEqual(facts(world), [{ kind: 'boot_failed', instance: 'api-1' }]);
  // The same when it was away for so long that it had been given up.
  world.send({ type: 'left', instance: 'api-2', planned: false });
  world.send({ type: 'joined', member: { instance: 'api-2', cell: 'a' }, environment: 'target' });
  couldNotBoot(world, 'api-2').run(20_000);
  assert.deepEqual(world.having(OLD), ['api-1', 'api-2']);
});

test('an instance that crashed with the proved release before it had it for good is offered it again, and not for ever', () => {
  const world = new World().submit().tested().approved();
  const late = world.state.waves.at(-1)?.instances[0] ?? '';
  const crash = () => {
    world.serves.set(late, OLD);
    const seq = (world.state.instances[late]?.seq ?? 0) + 1;
    world.send({ type: 'told', instance: late, seq, message: { type: 'booted', hash: OLD, passedOver: [] } });
  };
  world.until('proved');
  for (const has of ['old', 'old', 'back']) {
    crash();
    assert.equal(world.state.instances[late]?.has, has);
    world.run(3_000);
    assert.equal(world.serves.get(late), has === 'old' ? NEW : OLD);
  }
  assert.equal(world.state.phase.at, 'proved');
});

test('R9: while the release is not proved everywhere, a failed boot brings all of them back', () => {
  const world = couldNotBoot(new World().submit().tested().approved().until('bake'), 'api-1');
  assert.match(world.reason, /api-1 failed to boot with it twice/);
});

test('R9: a failed boot of an earlier rollout of the same release is none of this one', () => {
  const world = couldNotBoot(new World().submit().tested(), 'api-1');
  assert.equal(world.state.phase.at, 'awaiting_approval');
});
