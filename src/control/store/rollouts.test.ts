import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { controlDatabase } from '../../../test/control/store.ts';
import { quickPolicy } from '../../../test/control/world.ts';
import { newRelease } from '../../config/release.ts';
import { newRollout } from '../../rollout/machine/machine.ts';
import type { RolloutPhase } from '../../rollout/machine/state.ts';
import { newKeyPair, signerEd25519 } from '../../rollout/signed/signature.ts';
import { insertRelease } from './releases.ts';
import { activeRollouts, currentRollout, insertRollout, setCurrent, takeBackCurrent } from './rollouts.ts';

const PROVED: RolloutPhase = { at: 'proved' };
const UNDONE: RolloutPhase = { at: 'rolled_back', reason: '' };
const TESTING: RolloutPhase = { at: 'testing', deadlineAt: 0 };

const { database } = await controlDatabase();
const signer = signerEd25519('control-key', newKeyPair().privateKey);
let service = '';
let services = 0;
let sequence = 0;
let parent: string | null = null;

beforeEach(() => {
  services += 1;
  service = `shop-${services}`;
  sequence = 0;
  parent = null;
});

/**
 * A rollout in this phase, of a release that follows the one before. `limit`: its content, by default another
 * than all before.
 */
async function rollout(phase: RolloutPhase, limit = sequence + 1) {
  sequence += 1;
  const now = Date.UTC(2026, 0, 1) + sequence;
  const release = newRelease({
    service,
    schema: 'shop/1',
    sequence,
    content: { limit },
    parent,
    author: 'wanjiru',
    reason: 'a test',
    createdAt: now,
  });
  await insertRelease(database, release, signer);
  const { hash, author } = release;
  const id = `${service}-${sequence}`;
  const state = { ...newRollout({ id, hash, undoTo: parent, author, policy: quickPolicy }), phase };
  await insertRollout(database, { state, service, sequence, now });
  parent = hash;
  return { service, rollout: id, hash, undoTo: state.undoTo };
}

async function sendBack({ rollout: id }: { rollout: string }, to: string): Promise<void> {
  await database.query('update control.rollout set back_to = $2 where id = $1', [id, to]);
}

async function active(...served: { hash: string }[]): Promise<string[]> {
  const asked = served.map(({ hash }) => ({ service, hash }));
  const stored = await activeRollouts(database, asked);
  return stored.filter((each) => each.service === service).map(({ id }) => id);
}

const inForce = async () => (await currentRollout(database, service))?.id ?? null;

test('what was undone is active again for whoever serves with it, however much was pushed since', async () => {
  const first = await rollout(UNDONE);
  const second = await rollout(UNDONE);
  assert.deepEqual(await active(), [], 'for nobody');
  assert.deepEqual(await active(first), [first.rollout]);
  assert.deepEqual(await active(first, second), [first.rollout, second.rollout]);
  const third = await rollout(TESTING);
  assert.deepEqual(await active(first), [third.rollout], 'after what is under way');
});

test('R5: what is in force is not undone for an earlier rollout of the same content that was', async () => {
  const undone = await rollout(UNDONE, 7);
  await rollout(PROVED, 8);
  const again = await rollout(PROVED, 7);
  await setCurrent(database, service, again.rollout);
  assert.equal(again.hash, undone.hash);
  assert.deepEqual(await active(undone), [again.rollout]);
});

test('R18: content that was undone once and proved later is not taken back again by the old undo', async () => {
  const undone = await rollout(UNDONE, 7);
  await rollout(PROVED, 7);
  const current = await rollout(PROVED, 8);
  await setCurrent(database, service, current.rollout);
  assert.deepEqual(await active(undone), [current.rollout]);
});

test('whoever is where an undo was told to lead stays there', async () => {
  const first = await rollout(UNDONE);
  const second = await rollout(UNDONE);
  await sendBack(second, first.hash);
  assert.deepEqual(await active(first, second), [second.rollout]);
});

test('an undo leads past what was undone before, to what is proved and not undone', async () => {
  const first = await rollout(PROVED);
  await rollout(UNDONE);
  await rollout(UNDONE);
  const last = await rollout(PROVED);
  await setCurrent(database, service, last.rollout);
  await takeBackCurrent(database, { ...last, hash: last.undoTo });
  assert.equal(await inForce(), first.rollout);
});

test('when all was undone, what is built in is in force, and ways back that go in a circle end', async () => {
  const first = await rollout(UNDONE);
  const second = await rollout(UNDONE);
  const last = await rollout(PROVED);
  await setCurrent(database, service, last.rollout);
  await sendBack(first, second.hash);
  await takeBackCurrent(database, { ...last, hash: last.undoTo });
  assert.equal(await inForce(), null);
});
