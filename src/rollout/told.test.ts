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
