import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { switchPolicy } from '../plan/switch-policy.ts';
import { members, NEW, OLD, World, well } from '../testdata/fleet.ts';
import { step } from './machine.ts';
import { rolloutMoves } from './moves.ts';
import { mayHave, named } from './rollback.ts';
import type { RolloutAt, RolloutEvent, RolloutState } from './state.ts';

/**
 * Every phase, and where it matters more than one state of it: nothing answered yet, and everything answered.
 */
const worlds: [at: RolloutAt, World][] = [
  ['draft', new World()],
  ['testing', new World().submit()],
  ['testing', receiptOfOne(new World().submit())],
  ['testing', deafTo(new World(), 'test-1').submit()],
  ['testing', receiptOfOne(new World(6, { people: 0 }).submit())],
  ['testing', receiptOfOne(new World(2, { people: 0 }).submit())],
  ['testing', receiptOfOne(frozen(new World(6, { people: 0 })).submit())],
  ['testing', receiptOfOne(unaffordable(new World(6, { people: 0 }).submit()))],
  ['awaiting_approval', new World().submit().tested()],
  ['awaiting_approval', approvedByOne(new World().submit().tested())],
  ['awaiting_approval', approvedByOne(new World(2).submit().tested())],
  ['awaiting_approval', approvedByOne(frozen(new World()).submit().tested())],
  ['awaiting_approval', approvedByOne(unaffordable(new World().submit().tested()))],
  ['waiting', frozen(new World()).submit().tested().approved()],
  ['waiting', frozen(new World(2)).submit().tested().approved()],
  [
    'waiting',
    frozen(new World(6, { people: 1 }))
      .submit()
      .tested()
      .approved(),
  ],
  [
    'waiting',
    frozen(new World(1, { people: 1 }))
      .submit()
      .tested()
      .approved(),
  ],
  ['waiting', new World(6, { confirmWaves: true }).submit().tested().approved().until('waiting')],
  ['waiting', thawed(frozen(new World()).submit().tested().approved())],
  ['waiting', thawed(frozen(new World(2)).submit().tested().approved())],
  ['waiting', thawed(frozen(new World().submit().tested().approved().until('bake')).until('waiting'))],
  [
    'waiting',
    unaffordable(
      frozen(new World(6, { people: 1 }))
        .submit()
        .tested()
        .approved(),
    ),
  ],
  ['waiting', inWaitAfter('wave')],
  ['waiting', inWaitAfter('bake')],
  ['wave', new World().submit().tested().approved()],
  ['wave', deafTo(new World(), 'api-1').submit().tested().approved()],
  ['wave', nearlyDone(new World(), 'wave')],
  ['wave', nearlyDone(new World(6, { confirmWaves: true }), 'wave')],
  ['wave', nearlyDone(new World(), 'wave', 1)],
  ['bake', new World().submit().tested().approved().until('bake')],
  ['bake', nearlyDone(new World(), 'bake')],
  ['bake', nearlyDone(new World(1), 'bake')],
  ['bake', nearlyDone(new World(6, { confirmWaves: true }), 'bake')],
  ['rest', new World().submit().tested().approved().until('rest')],
  ['rest', nearlyDone(new World(), 'rest')],
  ['rest', nearlyDone(new World(20, cappedLater()), 'rest')],
  ['proved', new World().submit().tested().approved().until('proved').run(2_000)],
  ['rolling_back', onlyOneLeft()],
  ['rolled_back', new World().submit().send({ type: 'undo', by: 'amina', reason: 'x' }).until('rolled_back')],
  ['aborted', new World().send({ type: 'undo', by: 'amina', reason: 'x' })],
];

const events: RolloutEvent[] = [
  {
    type: 'submit',
    testing: [{ instance: 'test-1', cell: 'a' }],
    target: [{ instance: 'api-1', cell: 'a' }],
    traffic: { rps: 1, probes: 20, deadlineMs: 1_000, lagMs: 500, maxWaitingPerInstance: 4 },
  },
  {
    type: 'submit',
    testing: [],
    target: [],
    traffic: { rps: 0, probes: 0, deadlineMs: 0, lagMs: 0, maxWaitingPerInstance: 0 },
  },
  { type: 'baseline', tallies: {}, traffic: new World().state.traffic },
  { type: 'approve', person: 'amina', breakGlass: false },
  { type: 'approve', person: 'baraka', breakGlass: false },
  { type: 'approve', person: 'kamau', breakGlass: true },
  { type: 'approve', person: 'wanjiru', breakGlass: false },
  { type: 'reject', person: 'amina', reason: 'not today' },
  { type: 'confirm', person: 'amina' },
  { type: 'freeze', freezes: [] },
  { type: 'freeze', freezes: [{ id: 'f', from: 0, to: 1e15 }] },
  { type: 'joined', member: { instance: 'api-9', cell: 'a' }, environment: 'target' },
  { type: 'resume' },
  { type: 'undo', by: 'amina', reason: 'smoke' },
  { type: 'tick' },
  { type: 'outcomes', reports: [] },
  ...['test-1', 'test-2', 'api-1', 'api-6', 'nobody'].flatMap((instance): RolloutEvent[] => [
    { type: 'receipt', instance, passed: true, cause: '' },
    { type: 'receipt', instance, passed: false, cause: 'no payment went through' },
    { type: 'left', instance, planned: true },
    { type: 'left', instance, planned: false },
    ...[1, 1e9].flatMap((seq): RolloutEvent[] => [
      { type: 'told', instance, seq, message: { type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD } },
      { type: 'told', instance, seq, message: { type: 'in_ring', rollout: 'r-1', hash: NEW } },
      { type: 'told', instance, seq, message: refused(false) },
      { type: 'told', instance, seq, message: refused(true) },
      { type: 'told', instance, seq, message: { type: 'lease_lost', rollout: 'r-1', hash: NEW } },
      { type: 'told', instance, seq, message: { type: 'back', rollout: 'r-1', from: NEW, hash: OLD } },
      { type: 'told', instance, seq, message: { type: 'booted', hash: OLD, passedOver: [] } },
      { type: 'told', instance, seq, message: { type: 'not_proved', rollout: 'r-1', cause: 'idle' } },
      { type: 'beats', beats: [{ instance, seq, beat: 1, hash: NEW, vitals: well }] },
      { type: 'beats', beats: [{ instance, seq, beat: 1, hash: OLD, vitals: well }] },
      { type: 'outcomes', reports: [burst(instance, seq)] },
    ]),
  ]),
];
const LATER = [0, 250, 2_000, 1e6];

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
  refusing.send({ type: 'told', instance: 'api-1', seq: 1e9, message: refused(true) });
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

test('once proved, a late refusal is told to people and undoes nothing; a newcomer is caught up', () => {
  const world = new World().submit().tested().approved().until('proved').run(2_000);
  world.send({ type: 'told', instance: 'api-1', seq: 1e9, message: refused(true) });
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

function refused(late: boolean) {
  return {
    type: 'refused' as const,
    rollout: 'r-1',
    hash: NEW,
    cause: 'auth.servers[0]: does not resolve',
    late,
  };
}

function burst(instance: string, seq: number) {
  const none = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
  return { instance, seq, hash: NEW, live: { ...none, error: 40 }, probes: none };
}

function receiptOfOne(world: World): World {
  return world.send({ type: 'receipt', instance: 'test-1', passed: true, cause: '' });
}

function approvedByOne(world: World): World {
  return world.send({ type: 'approve', person: 'amina', breakGlass: false });
}

function deafTo(world: World, instance: string): World {
  world.moods.set(instance, 'deaf');
  return world;
}

function frozen(world: World): World {
  return world.send({ type: 'freeze', freezes: [{ id: 'eve', from: 0, to: world.now + 50_000 }] });
}

/** The same, where the release only switches a product off. */
function switching(world: World): World {
  const { policy } = world.state;
  world.state = { ...world.state, policy: switchPolicy(policy), switches: ['serving.products.stk.enabled'] };
  return world;
}

function thawed(world: World): World {
  return world.send({ type: 'freeze', freezes: [] });
}

/** Traffic has grown so much since it was submitted that even one instance would cost too much. */
function unaffordable(world: World): World {
  const traffic = { ...world.state.traffic, rps: 100_000, maxWaitingPerInstance: 1e6 };
  return world.send({ type: 'baseline', tallies: {}, traffic });
}

function cappedLater() {
  const { policy } = new World().state;
  return { policy, waves: { ...policy.waves, holdBack: 0.3, maxFailed: { firstWave: 50, laterWaves: 20 } } };
}

/** In the phase, with all evidence; what is missing of the least time is the next tick. */
function nearlyDone(world: World, at: 'wave' | 'bake' | 'rest', from = 0): World {
  world.submit().tested().approved();
  for (let beat = 0; beat < 400; beat++) {
    const { state, now } = world;
    if (state.phase.at === 'waiting') world.send({ type: 'confirm', person: 'amina' });
    const next = step(state, { type: 'tick' }, now + 250).state.phase;
    const here = 'wave' in state.phase ? state.phase.wave : undefined;
    const there = 'wave' in next ? next.wave : undefined;
    if (state.phase.at === at && there !== here && (here ?? 0) >= from) return world;
    world.run(250);
  }
  return world;
}

function inWaitAfter(at: 'wave' | 'bake'): World {
  const world = new World(6, { confirmWaves: true }).submit().tested().approved().until('waiting');
  if (at === 'wave') return world;
  for (let wave = 0; wave < 2; wave++)
    world.send({ type: 'confirm', person: 'amina' }).run(250).until('waiting');
  return world;
}

/** Rolling back, everybody back but one that does not hear. */
function onlyOneLeft(): World {
  const world = new World().submit().tested().approved().run(250);
  world.moods.set('api-1', 'deaf');
  return world.send({ type: 'undo', by: 'amina', reason: 'smoke' }).run(250);
}
