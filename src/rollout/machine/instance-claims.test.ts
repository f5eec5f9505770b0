import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NEW, OLD, World } from '../testdata/fleet.ts';
import { applyClaims } from './instance-claims.ts';
import { step } from './machine.ts';
import type { RolloutEvent, RolloutState } from './state.ts';

type Claim = RolloutEvent & { type: 'claimed' };

const message = fc.constantFrom<Claim['message']>(
  { type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD },
  { type: 'taken', rollout: 'r-0', hash: NEW, wayBack: OLD },
  { type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD, warnings: [{ key: 'rate', cause: 'is sick' }] },
  { type: 'in_ring', rollout: 'r-1', hash: NEW },
  { type: 'back', rollout: 'r-1', from: NEW, hash: OLD },
  { type: 'booted', hash: OLD, passedOver: [] },
  { type: 'booted', hash: OLD, passedOver: [NEW] },
  { type: 'refused', rollout: 'r-1', hash: NEW, late: true, cause: 'does not answer' },
  { type: 'refused', rollout: 'r-1', hash: NEW, late: false, cause: 'does not answer' },
  ...[{ what: 'old_order', order: 9 }, { what: 'undone_here' }, { what: 'refused_here', attempt: 3 }].map(
    (because) =>
      ({ type: 'refused', rollout: 'r-1', hash: NEW, late: false, cause: '', because }) as Claim['message'],
  ),
  { type: 'lease_lost', rollout: 'r-1', hash: NEW },
  { type: 'not_proved', rollout: 'r-1', cause: 'nothing was served' },
);
const claims = fc.array(
  fc.record<Claim>({
    type: fc.constant('claimed'),
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
      assert.deepEqual(applyClaims(state, told, now), one);
    }),
    { numRuns: 500 },
  );
});

/** It says that it could not boot with the new release. */
const couldNotBoot = (world: World, instance: string) => {
  world.serves.set(instance, OLD);
  const seq = (world.state.instances[instance]?.seq ?? 0) + 1;
  return world.send({
    type: 'claimed',
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
    world.send({
      type: 'claimed',
      instance: late,
      seq,
      message: { type: 'booted', hash: OLD, passedOver: [] },
    });
  };
  world.until('proved');
  for (const serves of [NEW, NEW, OLD]) {
    crash();
    assert.equal(world.state.instances[late]?.has, 'back');
    world.run(6_000);
    assert.equal(world.serves.get(late), serves);
  }
  assert.equal(world.state.phase.at, 'proved');
});

/** What it answers to an offer, from here on. */
const answering = (
  world: World,
  instance: string,
  message: () => Claim['message'] | undefined,
  ms: number,
) => {
  const said: number[] = [];
  for (const end = world.now + ms; world.now < end; ) {
    const before = world.effects.length;
    world.moods.set(instance, message() === undefined ? 'well' : 'deaf');
    world.run(250);
    const offer = world.effects.slice(before).find((effect) => {
      return effect.type === 'offer' && effect.instance === instance;
    });
    const answer = message();
    if (offer?.type !== 'offer' || answer === undefined) continue;
    said.push(offer.attempt);
    const seq = (world.state.instances[instance]?.seq ?? 0) + 1;
    world.send({ type: 'claimed', instance, seq, message: answer });
  }
  return said;
};
const newcomer = (world: World) => {
  world.serves.set('api-9', OLD);
  return world.send({ type: 'joined', member: { instance: 'api-9', cell: 'a' }, environment: 'target' });
};

test('R18: a newcomer that refuses what is in force is offered it again, ever more seldom, until it takes it', () => {
  const world = newcomer(new World().submit().tested().approved().until('proved').run(2_000));
  const no = { type: 'refused', rollout: 'r-1', hash: NEW, cause: 'no answer', late: false } as const;
  assert.deepEqual(
    answering(world, 'api-9', () => no, 60_000),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(world.state.instances['api-9']?.why, 'api-9 refused it: no answer');
  answering(world, 'api-9', () => undefined, 25_000);
  assert.equal(world.serves.get('api-9'), NEW);
  assert.equal(world.state.instances['api-9']?.has, 'proved');
  assert.equal(world.state.instances['api-9']?.refusals, 0);
});

test('R18: that goes on for twenty minutes; a person, or a new start of the instance, begins it again', () => {
  const no = { type: 'refused', rollout: 'r-1', hash: NEW, cause: 'no answer', late: false } as const;
  const begins: RolloutEvent[] = [
    { type: 'again' },
    { type: 'claimed', instance: 'api-9', seq: 1e9, message: { type: 'booted', hash: OLD, passedOver: [] } },
  ];
  for (const event of begins) {
    const world = newcomer(new World().submit().tested().approved().until('proved').run(2_000));
    assert.equal(answering(world, 'api-9', () => no, 1_500_000).length, 60);
    assert.deepEqual(
      answering(world, 'api-9', () => no, 60_000),
      [],
    );
    world.send(event);
    assert.deepEqual(
      answering(world, 'api-9', () => no, 8_000),
      [61, 62, 63],
    );
  }
});

test('R18: whoever went back by itself from what is in force is offered it again', () => {
  const world = new World().submit().tested().approved().until('proved').run(2_000);
  world.serves.set('api-1', OLD);
  world.run(1_000);
  assert.equal(world.state.instances['api-1']?.why, 'api-1 went back from it by itself');
  world.run(3_000);
  assert.equal(world.state.instances['api-1']?.has, 'proved');
});

test('R18: one that says it is back, and was not known to have it, is offered it all the same', () => {
  const world = newcomer(new World().submit().tested().approved().until('proved').run(2_000));
  const back = { type: 'back', rollout: 'r-1', from: NEW, hash: OLD } as const;
  world.send({ type: 'claimed', instance: 'api-9', seq: 1, message: back });
  assert.equal(world.state.instances['api-9']?.has, 'back');
  assert.equal(world.run(4_000).state.instances['api-9']?.has, 'proved');
});

test('R18: an attempt that control has forgotten, or an order that is older than another, is no refusal', () => {
  const world = newcomer(new World().submit().tested().approved().until('proved').run(2_000));
  const forgotten = {
    type: 'refused',
    rollout: 'r-1',
    hash: NEW,
    cause: 'attempt 7 …',
    late: false,
    because: { what: 'refused_here', attempt: 7 },
  } as const;
  const [first, second] = answering(world, 'api-9', () => forgotten, 3_000);
  assert.deepEqual([first, second], [1, 8]);
  const old = { ...forgotten, because: { what: 'old_order', order: 81 } } as const;
  const wave = new World().submit().tested().approved();
  const instance = wave.state.waves[0]?.instances[0] ?? '';
  wave.serves.set(instance, OLD);
  const offered = step(wave.state, { type: 'claimed', instance, seq: 1e9, message: old }, wave.now);
  assert.equal(offered.state.phase.at, 'wave');
});

test('R6 R18: what an instance had undone, and control has in force, is undone', () => {
  const world = newcomer(new World().submit().tested().approved().until('proved').run(2_000));
  const undone = {
    type: 'refused',
    rollout: 'r-1',
    hash: NEW,
    cause: 'this rollout was undone here',
    late: false,
    because: { what: 'undone_here' },
  } as const;
  answering(world, 'api-9', () => undone, 2_000);
  assert.match(world.reason, /undone at api-9, which control did not know/);
  assert.deepEqual(world.run(1_000).having(NEW), []);
});

test('R9: while the release is not proved everywhere, a failed boot brings all of them back', () => {
  const world = couldNotBoot(new World().submit().tested().approved().until('bake'), 'api-1');
  assert.match(world.reason, /api-1 failed to boot with it twice/);
});

test('R9: a failed boot of an earlier rollout of the same release is none of this one', () => {
  const world = couldNotBoot(new World().submit().tested(), 'api-1');
  assert.equal(world.state.phase.at, 'awaiting_approval');
});

test('R4: what an instance warned of stays with it, also where a sign of life was faster; another rollout’s says nothing', () => {
  const [warning, other] = ['auth.servers[1]', 'rate'].map((key) => ({ key, cause: 'does not answer' }));
  assert.ok(warning && other);
  const { state } = new World().submit().tested().approved().run(1_000);
  const [first] = Object.entries(state.instances).find(([, { has }]) => has === 'lent') ?? [];
  assert.ok(first !== undefined);
  const taken = (rollout: string, warnings: (typeof warning)[]): RolloutEvent => ({
    type: 'claimed',
    instance: first,
    seq: 1,
    message: { type: 'taken', rollout, hash: NEW, wayBack: OLD, warnings },
  });
  const once = step(state, taken('r-1', [warning]), 2_000_000).state;
  const twice = step(once, taken('r-0', [other]), 2_000_000).state;
  assert.deepEqual(twice.instances[first]?.warnings, [warning]);
});

test('R4: a late refusal of the release in force is no word against the one on its way', () => {
  const { state } = new World().submit().tested().approved().run(1_000);
  const [first] = Object.entries(state.instances).find(([, { has }]) => has === 'lent') ?? [];
  assert.ok(first !== undefined);
  const late = (hash: string) =>
    step(
      state,
      {
        type: 'claimed',
        instance: first,
        seq: 1_000,
        message: { type: 'refused', rollout: null, hash, cause: 'no server answers', late: true },
      },
      2_000_000,
    );
  assert.deepEqual(late(OLD), { state, effects: [] });
  assert.equal(late(NEW).state.phase.at, 'rolling_back');
});
