import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChance } from './chance.ts';
import { type Cores, realCores } from './parts/cores.ts';
import { START } from './world/releases.ts';
import { createWorld } from './world.ts';

/**
 * Two releases are proved, and the store is put back to between them. Something is pushed before control has
 * learnt of that.
 */
async function pushedOnRestored(cores: Cores) {
  const world = createWorld({
    instances: 3,
    cells: 1,
    testing: 1,
    confirmWaves: false,
    chance: createChance(17),
    endings: createChance(8),
    cores,
    see: () => () => {},
  });
  const { clock, store, servers } = world;
  const prove = async (): Promise<string> => {
    const rollout = world.push('good', true);
    await clock.run(clock.now + 1_000);
    world.approve(rollout, 'amina', false);
    await clock.run(clock.now + 90_000);
    const state = store.rollouts.get(rollout)?.state;
    assert.equal(state?.phase.at, 'proved');
    return state.hash;
  };
  await clock.run(START + 3_000);
  await prove();
  world.restoreLater(92_000, () => true);
  const lost = await prove();
  await clock.run(clock.now + 1_005);
  const pushed = world.push('good', true);
  const undoTo = store.rollouts.get(pushed)?.state.undoTo;
  world.approve(pushed, 'amina', false);
  await clock.run(clock.now + 120_000);
  const state = store.rollouts.get(pushed)?.state;
  return { lost, undoTo, pushed: state, served: [...servers.values()].map(({ hash }) => hash) };
}

/** It begins whatever the instances have, as if all had what is in force. */
const takesAnyPush: Cores = {
  ...realCores,
  decide(situation) {
    const { active, commands, observed } = situation;
    const draft = active.find(({ state }) => state.phase.at === 'draft');
    if (draft === undefined || !commands.some(({ kind }) => kind === 'submit'))
      return realCores.decide(situation);
    const { undoTo } = draft.state;
    const instances = observed.batch.instances.map((each) => ({
      ...each,
      report: { ...each.report, running: undoTo, good: undoTo },
    }));
    return realCores.decide({
      ...situation,
      observed: { ...observed, batch: { ...observed.batch, instances } },
    });
  },
};

test('R7 R18: what is pushed on a restored store does not begin before what the fleet has proved is adopted', async () => {
  const { lost, undoTo, pushed, served } = await pushedOnRestored(realCores);
  assert.notEqual(undoTo, lost, 'it is made of what the store was put back to');
  assert.equal(pushed?.phase.at, 'aborted');
  assert.deepEqual([...new Set(served)], [lost]);
});

test('R7 R18: a control that takes any push on a restored store moves the fleet to what would be undone to an old backup', async () => {
  const { lost, pushed, served } = await pushedOnRestored(takesAnyPush);
  assert.equal(pushed?.phase.at, 'proved');
  assert.ok(!served.includes(lost));
});
