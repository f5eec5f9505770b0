import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Release } from '../../config/release.ts';
import { step } from './instance.ts';
import { defaultInstanceLimits as limits } from './state.ts';
import { entries, events, r1, r2, r3, r4, states, steady, T } from './testdata/states.ts';
import { moves } from './transitions.ts';

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
