import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Release } from '../../config/release.ts';
import type { Envelope, Offer } from '../signed/envelope.ts';
import { release } from '../testdata/releases.ts';
import { step } from './instance.ts';
import { EMPTY_RING, withProved } from './ring.ts';
import {
  type At,
  type InstanceEffect,
  type InstanceEvent,
  type InstanceState,
  defaultInstanceLimits as limits,
  type Memory,
  NO_MEMORY,
  newInstance,
} from './state.ts';
import { moves } from './transitions.ts';

const [r1, r2, r3, r4] = [release(1), release(2), release(3), release(4)];
const memory: Memory = { ...NO_MEMORY, ring: withProved(withProved(EMPTY_RING, r1, 1), r2, 2), order: 1 };
const offer3 = offer(r3, 'roll-3', 3);
const T = 1_000;

/** One state in each phase, with r2 proved and r3 on its way. */
const states: Record<At, InstanceState> = {
  down: newInstance,
  starting: after(newInstance, { type: 'boot', memory }),
  steady: steady(),
  verifying: after(steady(), { type: 'offered', envelope: sealed(offer3) }),
  tasting: tasting(),
  switching: after(tasting(), { type: 'tasted', order: 3 }),
  lent: lent(),
  proving: proving(),
  returning: after(lent(), { type: 'undo', rollout: 'roll-3', from: r3.hash, to: null }),
};

/** Every kind of event: what is expected, what belongs to another release, and what comes again. */
const events: InstanceEvent[] = [
  { type: 'boot', memory },
  { type: 'boot', memory: NO_MEMORY },
  { type: 'up' },
  { type: 'tick' },
  ...[offer3, offer(r4, 'roll-4', 4), offer(r2, 'roll-2', 2), offer(r4, 'roll-old', 1)].flatMap(
    (each): InstanceEvent[] => [
      { type: 'offered', envelope: sealed(each) },
      { type: 'verified', offer: each },
      { type: 'rejected', order: each.order, cause: 'no receipt' },
      { type: 'tasted', order: each.order },
      { type: 'taste_failed', order: each.order, cause: 'auth.servers[0]: does not resolve' },
      {
        type: 'renewed',
        renewal: {
          kind: 'imara.renewal/1',
          rollout: each.rollout,
          hash: each.release.hash,
          instance: 'api-1',
          beat: 1,
          leaseMs: 10_000,
        },
        sentAt: T,
      },
      { type: 'proved', proof: proof(each), outcomes: 50, epochMs: 3 },
    ],
  ),
  ...[r1, r2, r3, r4].flatMap(({ hash }): InstanceEvent[] => [
    { type: 'switched', hash },
    { type: 'switch_failed', hash, cause: 'threw' },
    { type: 'saved', hash },
    { type: 'save_failed', hash, cause: 'disk full' },
    { type: 'value_failed', hash, cause: 'auth.servers[0]: refused' },
    { type: 'value_failed', hash, cause: 'auth.servers[0]: refused', unchanged: true },
    { type: 'undo', rollout: null, from: hash, to: null },
    { type: 'undo', rollout: 'roll-3', from: hash, to: r1.hash },
    { type: 'undo', rollout: 'roll-3', from: hash, to: 'sha256:nowhere' },
  ]),
  { type: 'switched', hash: null },
  { type: 'gave_up', rollout: 'roll-3' },
];
const anyState = fc.constantFrom(...entries(states).map(([, state]) => state));
const anyHistory = fc.array(fc.tuple(fc.constantFrom(...events), fc.nat(3_000)), { maxLength: 60 });
const LATER = [T, T + limits.switchMs, T + 20_000];

test('the table is complete and true: every state × event goes only where it says, and everywhere it says', () => {
  const seen = new Set<string>();
  for (const [at, state] of entries(states)) {
    for (const event of events) {
      for (const now of LATER) {
        const next = step(state, event, now, limits).state.phase.at;
        const listed = moves[at][event.type];
        const allowed = next === at ? true : listed.includes(next);
        assert.ok(allowed, `${at} × ${event.type} → ${next}`);
        seen.add(`${at} × ${event.type} → ${next}`);
      }
    }
  }
  for (const [at, row] of entries(moves)) {
    for (const [type, targets] of Object.entries(row)) {
      for (const target of targets)
        assert.ok(seen.has(`${at} × ${type} → ${target}`), `${at} × ${type} → ${target}`);
    }
  }
});

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
  // R6: whoever orders it of what is here now is obeyed.
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

test('R1: a step that does not end is failed at its deadline; a way back that hangs restarts the process', () => {
  for (const at of ['verifying', 'tasting', 'switching', 'proving'] as const) {
    const { state, effects } = run(states[at], { type: 'tick' }, T + 20_000);
    assert.ok(['steady', 'returning'].includes(state.phase.at), at);
    assert.deepEqual(messages(effects), ['refused'], at);
  }
  assert.deepEqual(run(states.returning, { type: 'tick' }, T + 20_000).effects, [{ type: 'restart' }]);
});

test('whatever comes in whatever order: what is not proved here is served on a living lease only', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...events), fc.nat(3_000)), { maxLength: 60 }),
      (history) => {
        let state = steady();
        let now = T;
        let served: Release | null = r2;
        for (const [event, ms] of history) {
          now += ms;
          for (const each of [event, { type: 'tick' } as const]) {
            const before = state;
            const { state: next, effects } = step(state, each, now, limits);
            state = next;
            for (const effect of effects) {
              if (effect.type === 'switch') served = effect.to;
              if (effect.type === 'start') served = effect.release;
            }
            // An event that changes nothing the first time changes nothing the second.
            if (state === before) assert.equal(step(state, each, now, limits).state, state);
          }
          const { phase, good } = state;
          const proved = state.memory.ring.entries.map(({ release }) => release.hash);
          assert.ok(good === null || proved.includes(good.hash), 'the proved-good release is in the ring');
          if (served !== null && served.hash !== good?.hash) {
            assert.ok(
              ['switching', 'lent', 'proving'].includes(phase.at),
              `${served.sequence} served in ${phase.at}`,
            );
          }
          if (phase.at === 'lent') assert.ok(phase.lease.expiresAt > now);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

test('R6: from whatever history, undo never leaves the instance on, or on the way to, what is undone', () => {
  fc.assert(
    fc.property(anyState, anyHistory, fc.constantFrom(r1, r2, r3, r4), (start, history, { hash }) => {
      let state = start;
      let now = T;
      for (const [event, ms] of history) {
        now += ms;
        state = step(state, event, now, limits).state;
      }
      const { state: undone } = step(
        state,
        { type: 'undo', rollout: null, from: hash, to: null },
        now,
        limits,
      );
      assert.notEqual(undone.good?.hash, hash);
      if ('offer' in undone.phase) assert.notEqual(undone.phase.offer.release.hash, hash);
      if (undone.phase.at === 'verifying') assert.notEqual(undone.phase.envelope.body.release.hash, hash);
    }),
    { numRuns: 1_000 },
  );
});

function steady(): InstanceState {
  return after(after(newInstance, { type: 'boot', memory }), { type: 'up' });
}

function tasting(): InstanceState {
  const verifying = after(steady(), { type: 'offered', envelope: sealed(offer3) });
  return after(verifying, { type: 'verified', offer: offer3 });
}

function lent(): InstanceState {
  return after(after(tasting(), { type: 'tasted', order: 3 }), { type: 'switched', hash: r3.hash });
}

function proving(): InstanceState {
  return after(lent(), { type: 'proved', proof: proof(offer3), outcomes: 50, epochMs: 3 });
}

function rebooted(state: InstanceState): InstanceState {
  return after(newInstance, { type: 'boot', memory: JSON.parse(JSON.stringify(state.memory)) });
}

function run(state: InstanceState, event: InstanceEvent, now = T) {
  return step(state, event, now, limits);
}

function after(state: InstanceState, event: InstanceEvent, now = T): InstanceState {
  return run(state, event, now).state;
}

function messages(effects: InstanceEffect[]): string[] {
  return effects.flatMap((effect) => (effect.type === 'tell' ? [effect.message.type] : []));
}

function offer(of: Release, rollout: string, order: number): Offer {
  return {
    kind: 'imara.offer/1',
    order,
    rollout,
    instance: 'api-1',
    environment: 'production',
    release: of,
    undoTo: r2.hash,
    leaseMs: 10_000,
    breakGlass: false,
    receipts: [],
    approvals: [],
  };
}

function proof({ rollout, release: { hash } }: Offer) {
  return { kind: 'imara.proof/1' as const, rollout, hash, instance: 'api-1' };
}

/** The machine leaves signatures to the edge, so these have none. */
function sealed(body: Offer): Envelope {
  return { body, key: 'control', signature: '' };
}

function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  const keys = Object.keys(record).filter((key): key is Key => key in record);
  return keys.map((key) => [key, record[key]]);
}
