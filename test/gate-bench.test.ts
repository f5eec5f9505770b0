import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rollOut, type World } from '../bench/gate/rollout.ts';
import { defaultRolloutPolicy } from '../src/control/settings.ts';

const quick = { excessBadRate: 0.2, missChance: 0.2, minMs: 1_000, deadlineMs: 60_000 };
const free = Number.MAX_SAFE_INTEGER;
const world: World = {
  policy: {
    ...defaultRolloutPolicy,
    people: 0,
    waves: {
      ...defaultRolloutPolicy.waves,
      first: quick,
      middle: quick,
      bake: quick,
      rest: quick,
      maxFailed: { firstWave: free, laterWaves: free },
    },
  },
  instances: 5,
  rps: 50,
  probes: 2,
  weather: 'bursty',
  effect: null,
  seed: 1,
};

test('the gate bench: a healthy release is proved, one that fails everything goes back, and a seed gives the same again', () => {
  assert.equal(rollOut(world).ended, 'proved');
  const bad: World = { ...world, effect: { kind: 'error', part: 1 } };
  const { ended, failed, verdictMs } = rollOut(bad);
  assert.equal(ended, 'rolled_back');
  assert.ok(failed > 0 && verdictMs > 0);
  assert.deepEqual(rollOut(bad), rollOut(bad));
});
