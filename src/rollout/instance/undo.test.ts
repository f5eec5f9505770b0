import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceEvent } from './state.ts';
import {
  after,
  lent,
  messages,
  offer,
  offer3,
  proof,
  proving,
  r1,
  r2,
  r3,
  rebooted,
  run,
  sealed,
  states,
  steady,
  tasting,
} from './testdata/states.ts';

test('R6: undo of what is coming or lent leads back from every phase, and nothing but the swap comes first', () => {
  for (const at of ['switching', 'lent', 'proving'] as const) {
    const { state, effects } = run(states[at], { type: 'undo', rollout: null, from: r3.hash, to: null });
    assert.equal(state.phase.at, 'returning', at);
    assert.deepEqual(effects[0], { type: 'switch', to: r2 }, at);
  }
  for (const at of ['verifying', 'tasting'] as const) {
    const { state } = run(states[at], { type: 'undo', rollout: null, from: r3.hash, to: null });
    assert.equal(state.phase.at, 'steady', at);
  }
});

test('R6: undo of a proved release goes to the one before it, or to the one asked for, and holds over a boot', () => {
  const one = run(steady(), { type: 'undo', rollout: null, from: r2.hash, to: null });
  assert.deepEqual(one.effects[0], { type: 'switch', to: r1 });
  const back = run(one.state, { type: 'switched', hash: r1.hash });
  assert.equal(back.state.good, r1);
  assert.deepEqual(rebooted(back.state).good, r1);
  const builtIn = run(back.state, { type: 'undo', rollout: null, from: r1.hash, to: null });
  assert.deepEqual(builtIn.effects[0], { type: 'switch', to: null });

  const inRing = after(proving(), { type: 'saved', hash: r3.hash });
  const asked = run(inRing, { type: 'undo', rollout: null, from: r3.hash, to: r1.hash });
  assert.deepEqual(asked.effects[0], { type: 'switch', to: r1 });
  assert.deepEqual(rebooted(asked.state).good, r1);
});

test('R5, R17: no undo leads to what was undone here before control heard of it', () => {
  const undone = run(steady(), { type: 'undo', rollout: null, from: r2.hash, to: null }).state;
  let lentAfter = after(undone, { type: 'switched', hash: r1.hash });
  // Control begins, with r2 in force, what its undo leads back from to r2.
  lentAfter = after(lentAfter, { type: 'offered', envelope: sealed(offer3) });
  lentAfter = after(lentAfter, { type: 'verified', offer: offer3 });
  const early = run(lentAfter, { type: 'undo', rollout: 'roll-3', from: r3.hash, to: r2.hash });
  assert.equal(early.state.phase.at, 'steady');
  assert.equal(early.state.good, r1);
  lentAfter = after(lentAfter, { type: 'tasted', order: 3 });
  lentAfter = after(lentAfter, { type: 'switched', hash: r3.hash });
  const back = run(lentAfter, { type: 'undo', rollout: 'roll-3', from: r3.hash, to: r2.hash });
  assert.deepEqual(back.effects[0], { type: 'switch', to: r1 });
});

test('R6: a doubled undo undoes once', () => {
  const undo: InstanceEvent = { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null };
  const once = run(lent(), undo);
  assert.deepEqual(run(once.state, undo), { state: once.state, effects: [] });
  const back = after(once.state, { type: 'switched', hash: r2.hash });
  const again = run(back, undo);
  assert.equal(again.state.phase.at, 'steady');
  assert.equal(again.state.good, r2);
});

test('R6: an undone rollout is not revived by an offer that was long on its way', () => {
  const undone = after(after(lent(), { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null }), {
    type: 'switched',
    hash: r2.hash,
  });
  const late = run(undone, { type: 'offered', envelope: sealed({ ...offer3, order: 99 }) });
  assert.equal(late.state.phase.at, 'steady');
  assert.deepEqual(messages(late.effects), ['refused']);
  const early = run(after(steady(), { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null }), {
    type: 'offered',
    envelope: sealed(offer3),
  });
  assert.equal(early.state.phase.at, 'steady', 'undo overtook the offer');
});

test('R18: the same content that is proved by another rollout is not left for an undo of the first that comes again', () => {
  const undo = { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null } as const;
  const undone = after(after(lent(), undo), { type: 'switched', hash: r2.hash });
  const again = offer(r3, 'roll-5', 5);
  const tasted = after(after(undone, { type: 'offered', envelope: sealed(again) }), {
    type: 'verified',
    offer: again,
  });
  const relent = after(after(tasted, { type: 'tasted', order: 5 }), { type: 'switched', hash: r3.hash });
  const kept = after(
    after(relent, {
      type: 'proved',
      proof: proof(again),
      signed: { body: proof(again), key: 'control', signature: '' },
      outcomes: 50,
      epochMs: 4,
    }),
    {
      type: 'saved',
      hash: r3.hash,
    },
  );
  assert.equal(kept.good?.hash, r3.hash);
  for (const state of [kept, relent, rebooted(kept)]) {
    const late = run(state, undo);
    assert.equal(late.state.phase.at, state.phase.at);
    assert.equal(late.state.good?.hash, state.good?.hash);
  }
  // R6: an undo of what is here now is obeyed, no matter who orders it.
  assert.equal(after(kept, { ...undo, rollout: 'roll-5' }).phase.at, 'returning');
  assert.equal(after(kept, { ...undo, rollout: null }).phase.at, 'returning');
});

test('R18: what was refused here is tried again when control says that it knows, and a late offer is no new attempt', () => {
  const refused = after(tasting(), { type: 'taste_failed', order: 3, cause: 'auth.servers[0]: no answer' });
  const late = run(
    rebooted(refused).phase.at === 'starting' ? after(rebooted(refused), { type: 'up' }) : refused,
    {
      type: 'offered',
      envelope: sealed({ ...offer3, order: 9 }),
    },
  );
  assert.equal(late.state.phase.at, 'steady');
  assert.match(JSON.stringify(late.effects), /"because":\{"what":"refused_here","attempt":1\}/);
  const second = { ...offer3, order: 10, attempt: 2 };
  const tried = after(after(late.state, { type: 'offered', envelope: sealed(second) }), {
    type: 'verified',
    offer: second,
  });
  assert.equal(tried.phase.at, 'tasting');
  const undone = after(refused, { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null });
  const never = run(undone, { type: 'offered', envelope: sealed(second) });
  assert.match(
    JSON.stringify(never.effects),
    /"because":\{"what":"undone_here"\}/,
    'an undo is another matter',
  );
});
