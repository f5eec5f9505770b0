import { switchPolicy } from '../../plan/switch-policy.ts';
import { NEW, OLD, World, well } from '../../testdata/fleet.ts';
import { step } from '../machine.ts';
import type { RolloutAt, RolloutEvent } from '../state.ts';

/**
 * Every phase, and where it matters more than one state of it: nothing answered yet, and everything answered.
 */
export const worlds: [at: RolloutAt, World][] = [
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

export const events: RolloutEvent[] = [
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
      { type: 'claimed', instance, seq, message: { type: 'taken', rollout: 'r-1', hash: NEW, wayBack: OLD } },
      { type: 'claimed', instance, seq, message: { type: 'in_ring', rollout: 'r-1', hash: NEW } },
      { type: 'claimed', instance, seq, message: refused(false) },
      { type: 'claimed', instance, seq, message: refused(true) },
      { type: 'claimed', instance, seq, message: { type: 'lease_lost', rollout: 'r-1', hash: NEW } },
      { type: 'claimed', instance, seq, message: { type: 'back', rollout: 'r-1', from: NEW, hash: OLD } },
      { type: 'claimed', instance, seq, message: { type: 'booted', hash: OLD, passedOver: [] } },
      { type: 'claimed', instance, seq, message: { type: 'not_proved', rollout: 'r-1', cause: 'idle' } },
      { type: 'beats', beats: [{ instance, seq, beat: 1, hash: NEW, vitals: well }] },
      { type: 'beats', beats: [{ instance, seq, beat: 1, hash: OLD, vitals: well }] },
      { type: 'outcomes', reports: [burst(instance, seq)] },
    ]),
  ]),
];
export const LATER = [0, 250, 2_000, 1e6];

export function refused(late: boolean) {
  return {
    type: 'refused' as const,
    rollout: 'r-1',
    hash: NEW,
    cause: 'auth.servers[0]: does not resolve',
    late,
  };
}

export function burst(instance: string, seq: number) {
  const none = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
  return { instance, seq, hash: NEW, live: { ...none, error: 40 }, probes: none };
}

export function receiptOfOne(world: World): World {
  return world.send({ type: 'receipt', instance: 'test-1', passed: true, cause: '' });
}

export function approvedByOne(world: World): World {
  return world.send({ type: 'approve', person: 'amina', breakGlass: false });
}

export function deafTo(world: World, instance: string): World {
  world.moods.set(instance, 'deaf');
  return world;
}

export function frozen(world: World): World {
  return world.send({ type: 'freeze', freezes: [{ id: 'eve', from: 0, to: world.now + 50_000 }] });
}

/** The same, where the release only switches a product off. */
export function switching(world: World): World {
  const { policy } = world.state;
  world.state = { ...world.state, policy: switchPolicy(policy), switches: ['serving.products.stk.enabled'] };
  return world;
}

export function thawed(world: World): World {
  return world.send({ type: 'freeze', freezes: [] });
}

/** Traffic has grown so much since it was submitted that even one instance would cost too much. */
export function unaffordable(world: World): World {
  const traffic = { ...world.state.traffic, rps: 100_000, maxWaitingPerInstance: 1e6 };
  return world.send({ type: 'baseline', tallies: {}, traffic });
}

export function cappedLater() {
  const { policy } = new World().state;
  return { policy, waves: { ...policy.waves, holdBack: 0.3, maxFailed: { firstWave: 50, laterWaves: 20 } } };
}

/** In the phase, with all evidence; what is missing of the least time is the next tick. */
export function nearlyDone(world: World, at: 'wave' | 'bake' | 'rest', from = 0): World {
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

export function inWaitAfter(at: 'wave' | 'bake'): World {
  const world = new World(6, { confirmWaves: true }).submit().tested().approved().until('waiting');
  if (at === 'wave') return world;
  for (let wave = 0; wave < 2; wave++)
    world.send({ type: 'confirm', person: 'amina' }).run(250).until('waiting');
  return world;
}

/** Rolling back, everybody back but one that does not hear. */
export function onlyOneLeft(): World {
  const world = new World().submit().tested().approved().run(250);
  world.moods.set('api-1', 'deaf');
  return world.send({ type: 'undo', by: 'amina', reason: 'smoke' }).run(250);
}
