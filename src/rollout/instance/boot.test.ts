import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InstanceEvent, type Memory, NO_MEMORY, newInstance } from './state.ts';
import {
  after,
  lent,
  memory,
  messages,
  offer3,
  proof,
  r1,
  r2,
  rebooted,
  run,
  sealed,
  states,
  T,
} from './testdata/states.ts';

test('R7: a release enters the ring only from a living lease, and only if it served something', () => {
  const proved = (outcomes: number): InstanceEvent => ({
    type: 'proved',
    proof: proof(offer3),
    outcomes,
    epochMs: 3,
  });
  assert.deepEqual(messages(run(lent(), proved(0)).effects), ['not_proved']);
  assert.equal(run(lent(), proved(1), T + 10_000).state.phase.at, 'lent', 'lapsed: the next tick goes back');
  for (const at of ['steady', 'verifying', 'tasting', 'switching', 'returning'] as const) {
    const { effects } = run(states[at], proved(9));
    assert.equal(
      effects.some(({ type }) => type === 'save'),
      false,
      at,
    );
  }
});

test('R8: an instance boots from its disk, or from nothing', () => {
  assert.equal(after(newInstance, { type: 'boot', memory }).good, r2);
  assert.equal(after(newInstance, { type: 'boot', memory: NO_MEMORY }).good, null);
});

test('R9: after two failed boots the third takes the proved-good release before, and says so', () => {
  let state = newInstance;
  const boots: unknown[] = [];
  let stored = memory;
  for (let boot = 0; boot < 3; boot++) {
    const { state: next, effects } = run(state, { type: 'boot', memory: stored });
    stored = next.memory;
    state = next;
    boots.push(effects.find(({ type }) => type === 'tell'));
  }
  assert.deepEqual(boots, [
    { type: 'tell', message: { type: 'booted', hash: r2.hash, passedOver: [] } },
    { type: 'tell', message: { type: 'booted', hash: r2.hash, passedOver: [] } },
    { type: 'tell', message: { type: 'booted', hash: r1.hash, passedOver: [r2.hash] } },
  ]);
  assert.deepEqual(after(state, { type: 'up' }).memory.failedBoots, { [r2.hash]: 2 });
});

test('R9: a release that failed to boot here and is proved here again is booted with again', () => {
  const failed: Memory = { ...memory, failedBoots: { [r2.hash]: 2 } };
  const onR1 = after(after(newInstance, { type: 'boot', memory: failed }), { type: 'up' });
  assert.equal(onR1.good?.hash, r1.hash);
  const offer = { ...offer3, order: 9, release: r2 };
  let state = after(onR1, { type: 'offered', envelope: sealed(offer) });
  state = after(state, { type: 'verified', offer });
  state = after(after(state, { type: 'tasted', order: 9 }), { type: 'switched', hash: r2.hash });
  state = after(state, { type: 'proved', proof: proof(offer), outcomes: 50, epochMs: 9 });
  state = after(state, { type: 'saved', hash: r2.hash });
  assert.equal(rebooted(state).good?.hash, r2.hash);
});

test('a release lent when the process died is not booted', () => {
  assert.equal(rebooted(lent()).good?.hash, r2.hash);
});
