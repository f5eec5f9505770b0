import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from './chance.ts';
import { type Cores, realCores } from './parts/cores.ts';
import { START } from './world/releases.ts';
import { createWorld, type World } from './world.ts';

/**
 * A release is proved, and in force for so long that its first receipts have expired; then a machine is
 * replaced.
 */
async function longAfterwards(cores: Cores, meanwhile: (world: World) => void = () => {}) {
  const chance = createChance(17);
  const world = createWorld({
    instances: 3,
    cells: 1,
    testing: 1,
    confirmWaves: false,
    chance,
    endings: createChance(8),
    cores,
    see: () => () => {},
  });
  const { clock, store, servers, settings } = world;
  await clock.run(START + 3_000);
  const rollout = world.push('good', true);
  await clock.run(clock.now + 1_000);
  world.approve(rollout, 'amina', false);
  await clock.run(clock.now + 90_000);
  assert.equal(store.rollouts.get(rollout)?.state.phase.at, 'proved');
  meanwhile(world);
  await clock.run(clock.now + 2 * settings.receiptMs);
  const replaced = servers.get('api-2');
  replaced?.replaceMachine();
  await clock.run(clock.now + 20_000);
  return { served: replaced?.hash, inForce: store.rollouts.get(rollout)?.state.hash };
}

test('a newcomer is given the release in force, long after its first receipts have expired', async () => {
  const { served, inForce } = await longAfterwards(realCores);
  assert.equal(served, inForce);
});

test('R2: with nobody left in testing to sign, a newcomer is not given what is in force', async () => {
  const { served } = await longAfterwards(realCores, ({ servers }) => servers.get('test-1')?.leave());
  assert.equal(served, null);
});

test('R2: nor is it where testing signs only once', async () => {
  const receipts: Cores['receipts'] = (...of) => {
    const real = realCores.receipts(...of);
    const signed = new Set<string>();
    return {
      due: false,
      signAgain: () => undefined,
      next(tested, now) {
        const receipt = signed.has(tested.hash) ? undefined : real.next(tested, now);
        if (receipt !== undefined) signed.add(tested.hash);
        return receipt;
      },
    };
  };
  const { served } = await longAfterwards({ ...realCores, receipts });
  assert.equal(served, null);
});
