import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceEvent } from './state.ts';
import {
  after,
  events,
  lent,
  messages,
  offer3,
  proving,
  r2,
  r3,
  run,
  sealed,
  states,
  T,
  tasting,
} from './testdata/states.ts';

test('R5: a lease that is not renewed brings the instance back by itself', () => {
  const kept = run(lent(), { type: 'tick' }, T + 9_999);
  assert.equal(kept.state.phase.at, 'lent');
  const lost = run(lent(), { type: 'tick' }, T + 10_000);
  assert.deepEqual(lost.effects[0], { type: 'switch', to: r2 });
  assert.deepEqual(messages(lost.effects), ['lease_lost']);
  const renewed = after(
    lent(),
    events.find((event) => event.type === 'renewed') ?? { type: 'tick' },
    T + 5_000,
  );
  assert.equal(
    run(renewed, { type: 'tick' }, T + 10_000).state.phase.at,
    'returning',
    'counted from the beat',
  );
});

test('R5: once proved, no loss of control moves the instance', () => {
  const inRing = after(proving(), { type: 'saved', hash: r3.hash });
  assert.equal(inRing.good, r3);
  assert.deepEqual(run(inRing, { type: 'tick' }, T + 1e9), { state: inRing, effects: [] });
});

test('R4: a release that fails its taste is refused with the cause, and the instance goes on serving', () => {
  const { state, effects } = run(tasting(), {
    type: 'taste_failed',
    order: 3,
    cause: 'auth.servers[0] is dead',
  });
  assert.equal(state.phase.at, 'steady');
  assert.equal(state.good, r2);
  assert.deepEqual(effects, [
    { type: 'save', memory: state.memory },
    {
      type: 'tell',
      message: {
        type: 'refused',
        rollout: 'roll-3',
        hash: r3.hash,
        cause: 'auth.servers[0] is dead',
        late: false,
      },
    },
  ]);
  // Control had offered it once more before it heard: it is not tasted again.
  const again = run(state, { type: 'offered', envelope: sealed({ ...offer3, order: 4 }) });
  assert.equal(again.state.phase.at, 'steady');
  assert.match(JSON.stringify(again.effects), /attempt 1 at this rollout was refused here/);
});

test('an offer that comes while another rollout is tasted is no reason to refuse it: it is offered again', () => {
  const next = sealed({ ...offer3, rollout: 'roll-4', order: 4 });
  const { state, effects } = run(tasting(), { type: 'offered', envelope: next });
  assert.equal(state.phase.at, 'tasting');
  assert.deepEqual(effects, []);
});

test('R4: a value that fails when first used is refused late, and the instance goes back', () => {
  const { state, effects } = run(lent(), { type: 'value_failed', hash: r3.hash, cause: 'auth stopped' });
  assert.equal(state.phase.at, 'returning');
  assert.deepEqual(messages(effects), ['refused']);
});

test('R4: what the taste warned of is told with the release that is taken, each time that this is said', () => {
  const warnings = [{ key: 'auth.servers[1]', cause: 'refused' }];
  const switching = run(tasting(), { type: 'tasted', order: offer3.order, warnings });
  const taken = run(switching.state, { type: 'switched', hash: r3.hash });
  const message = { type: 'taken', rollout: offer3.rollout, hash: r3.hash, wayBack: r2.hash, warnings };
  assert.deepEqual(taken.effects, [{ type: 'tell', message }]);
  const again = run(taken.state, { type: 'offered', envelope: sealed({ ...offer3, order: 4 }) });
  assert.deepEqual(again.effects, [{ type: 'tell', message }]);
});

test('R4: a value that the release did not change withdraws it from nowhere: it is told of the release that is in force', () => {
  const failed = (hash: string): InstanceEvent => ({
    type: 'value_failed',
    hash,
    key: 'auth.servers',
    cause: 'no server answers',
    unchanged: true,
  });
  const told = {
    type: 'refused',
    rollout: null,
    hash: r2.hash,
    key: 'auth.servers',
    cause: 'no server answers',
    late: true,
  };
  for (const [at, hash] of [
    ['switching', r3.hash],
    ['lent', r3.hash],
    ['proving', r3.hash],
    ['steady', r2.hash],
    ['verifying', r2.hash],
    ['tasting', r2.hash],
  ] as const) {
    const { state, effects } = run(states[at], failed(hash));
    assert.equal(state.phase.at, at);
    assert.deepEqual(effects, [{ type: 'tell', message: told }], at);
  }
  const builtIn = { ...lent(), good: null };
  assert.deepEqual(run(builtIn, failed(r3.hash)), { state: builtIn, effects: [] });
});

test('R1: a step that does not end is failed at its deadline; a way back that hangs restarts the process', () => {
  for (const at of ['verifying', 'tasting', 'switching', 'proving'] as const) {
    const { state, effects } = run(states[at], { type: 'tick' }, T + 20_000);
    assert.ok(['steady', 'returning'].includes(state.phase.at), at);
    assert.deepEqual(messages(effects), ['refused'], at);
  }
  assert.deepEqual(run(states.returning, { type: 'tick' }, T + 20_000).effects, [{ type: 'restart' }]);
});
