import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlDatabase } from '../../test/control/store.ts';
import { quickPolicy } from '../../test/control/world.ts';
import { newRelease } from '../config/release.ts';
import { inTransaction } from '../platform/database/database.ts';
import { newRollout } from '../rollout/machine/machine.ts';
import type { RolloutState } from '../rollout/machine/state.ts';
import type { Receipt } from '../rollout/signed/receipt.ts';
import { newKeyPair, signerEd25519, verifyEd25519 } from '../rollout/signed/signature.ts';
import { type Signer, sign, type TrustedKey } from '../rollout/signed/signed.ts';
import { type Assignment, writeAssignments } from './store/assignments.ts';
import { insertReceipts } from './store/proofs.ts';
import { findRelease, insertRelease } from './store/releases.ts';
import { insertRollout, StaleRollout, saveRollout } from './store/rollouts.ts';

const { database } = await controlDatabase();
const NOW = Date.now();
const pair = newKeyPair();
const signer = signerEd25519('control-key', pair.privateKey);
const keys: TrustedKey[] = [
  { id: 'control-key', publicKey: pair.publicKey, role: 'control', owner: 'control' },
];

async function releaseOf(sequence: number, by: Signer = signer) {
  const release = newRelease({
    service: 'shop',
    schema: 'shop/1',
    sequence,
    content: { limit: sequence },
    parent: null,
    author: 'wanjiru',
    reason: 'a test',
    createdAt: NOW,
  });
  await insertRelease(database, release, by);
  const id = `shop-${sequence}`;
  const draft = newRollout({ id, hash: release.hash, undoTo: null, author: 'wanjiru', policy: quickPolicy });
  const state: RolloutState = { ...draft, phase: { at: 'proved' } };
  await insertRollout(database, { state, service: 'shop', sequence, now: NOW });
  return { release, rollout: id, state };
}

function receiptFor(hash: string, change: Partial<Receipt> = {}) {
  const body: Receipt = {
    kind: 'imara.receipt/1',
    service: 'shop',
    hash,
    environment: 'testing',
    instance: 'test-1',
    verdict: 'passed',
    payments: 5,
    issuedAt: NOW,
    expiresAt: NOW + 60_000,
    ...change,
  };
  return sign(body, signer);
}

function offerOf(rollout: string, hash: string, change: Partial<Assignment> = {}): Assignment {
  return {
    service: 'shop',
    instance: 'api-1',
    environment: 'production',
    rollout,
    action: 'offer',
    hash,
    undoTo: null,
    leaseMs: 1_000,
    breakGlass: false,
    attempt: 1,
    ...change,
  };
}

const assign = (assignment: Assignment) =>
  inTransaction(database, (client) => writeAssignments(client, [assignment], NOW));

test('R2: the store takes an offer for production only with a passed, valid testing receipt for this very content', async () => {
  const { release, rollout } = await releaseOf(1);
  const offer = offerOf(rollout, release.hash);
  assert.deepEqual(await assign(offer), [], 'without any');
  await insertReceipts(database, [receiptFor('sha256:another')]);
  assert.deepEqual(await assign(offer), [], 'for another content');
  await insertReceipts(database, [receiptFor(release.hash, { verdict: 'failed' })]);
  assert.deepEqual(await assign(offer), [], 'that failed');
  await insertReceipts(database, [receiptFor(release.hash, { environment: 'production' })]);
  assert.deepEqual(await assign(offer), [], 'from production');
  await insertReceipts(database, [receiptFor(release.hash, { expiresAt: NOW - 1 })]);
  assert.deepEqual(await assign(offer), [], 'that has expired');
  await insertReceipts(database, [receiptFor(release.hash)]);
  assert.equal((await assign(offer)).length, 1);
});

test('R2: the rule is the table’s own: SQL straight into it is refused too', async () => {
  const { release, rollout } = await releaseOf(2);
  const insert = (receipt: string | null) =>
    database.query(
      `insert into control.assignment (service, instance, environment, rollout, action, hash, lease_ms, receipt)
       values ('shop', 'api-9', 'production', $1, 'offer', $2, 1000, $3)`,
      [rollout, release.hash, receipt],
    );
  await assert.rejects(insert(null), /assignment_needs_receipt/);
  await assert.rejects(insert('made up'), /assignment_receipt_is_for_this/);
  const another = receiptFor('sha256:another', { instance: 'test-2' });
  const failed = receiptFor(release.hash, { verdict: 'failed' });
  await insertReceipts(database, [another, failed]);
  await assert.rejects(insert(another.signature), /assignment_receipt_is_for_this/);
  await assert.rejects(insert(failed.signature), /assignment_receipt_is_for_this/);
});

test('R6: what leads back needs no receipt, and testing none either', async () => {
  const { release, rollout } = await releaseOf(3);
  const undo = offerOf(rollout, release.hash, { instance: 'api-2', action: 'undo', leaseMs: null });
  const testing = offerOf(rollout, release.hash, { instance: 'test-1', environment: 'testing' });
  assert.equal((await assign(undo)).length, 1);
  assert.equal((await assign(testing)).length, 1);
});

test('each word for an instance has a higher order than the one before', async () => {
  const { release, rollout } = await releaseOf(4);
  const undo = offerOf(rollout, release.hash, { action: 'undo', leaseMs: null });
  const orders = [];
  for (let time = 0; time < 3; time += 1) orders.push((await assign(undo))[0]?.order ?? 0);
  assert.deepEqual(
    orders,
    orders.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(orders).size, 3);
});

test('a release is never changed, and one that control did not sign is none', async () => {
  await releaseOf(5);
  await assert.rejects(database.query(`update control.release set reason = 'x'`), /never changed/);
  await assert.rejects(database.query('delete from control.receipt'), /never changed/);
  assert.equal((await findRelease(database, 'shop', 5, keys, verifyEd25519))?.sequence, 5);
  const mallory = signerEd25519('control-key', newKeyPair().privateKey);
  await releaseOf(6, mallory);
  assert.equal(await findRelease(database, 'shop', 6, keys, verifyEd25519), undefined);
});

test('a state is written over the version it was read at alone', async () => {
  const { state } = await releaseOf(7);
  const save = () =>
    inTransaction(database, (client) => saveRollout(client, { state, version: 0, backTo: null, now: NOW }));
  await save();
  await assert.rejects(save(), StaleRollout);
});

test('one rollout of a service goes forward at a time, whoever writes it', async () => {
  const { state } = await releaseOf(8);
  const again = (id: string, at: 'draft' | 'testing') =>
    insertRollout(database, {
      state: { ...state, id, phase: at === 'draft' ? { at } : { at, deadlineAt: NOW } },
      service: 'shop',
      sequence: 8,
      now: NOW,
    });
  await again('forward-1', 'testing');
  await assert.rejects(again('forward-2', 'testing'), /rollout_one_forward/);
  // A draft reaches nobody: it may be written for what is to end the other.
  await again('forward-3', 'draft');
});
