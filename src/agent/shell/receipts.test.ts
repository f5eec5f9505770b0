import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcomes } from '../../rollout/gate/gate.ts';
import { parties } from '../../rollout/testdata/parties.ts';
import { createReceipts, type Receipts } from './receipts.ts';

const id = { service: 'platform', environment: 'testing', instance: 'test-1' };
const NONE: Outcomes = { good: 0, error: 0, deadline: 0, slow: 0, saturation: 0 };
const VALID_MS = 60_000;

function receipts(): Receipts {
  return createReceipts(id, { signer: parties.test1.signer, payments: 3, validMs: VALID_MS });
}

/** What is said at `now` after these payments of the stretch. */
function said(of: Receipts, now: number, probes: Partial<Outcomes>, { lent = false, stretch = 1 } = {}) {
  return of.next({ hash: 'sha256:new', stretch, lent, probes: { ...NONE, ...probes } }, now)?.body;
}

test('R2: what is lent passes after enough payments, and fails at the first bad one', () => {
  const passing = receipts();
  assert.equal(said(passing, 0, { good: 2 }, { lent: true }), undefined);
  const passed = said(passing, 10, { good: 3 }, { lent: true });
  assert.deepEqual([passed?.verdict, passed?.payments, passed?.expiresAt], ['passed', 3, 10 + VALID_MS]);
  const failing = receipts();
  assert.equal(said(failing, 0, { good: 2, slow: 1 }, { lent: true })?.verdict, 'failed');
  assert.equal(said(failing, VALID_MS, { good: 99, slow: 1 }, { lent: true }), undefined, 'once is enough');
  const probes = { ...NONE, error: 1 };
  const because = receipts().next(
    { hash: 'sha256:new', stretch: 1, lent: true, probes, fault: 'a push ended with result 2' },
    0,
  );
  assert.equal(because?.body.cause, 'a push ended with result 2');
});

test('R2: what is in force is signed again before its receipt expires, for payments made since', () => {
  const testing = receipts();
  assert.equal(said(testing, 0, { good: 3 }, { lent: true })?.verdict, 'passed');
  assert.equal(said(testing, VALID_MS / 2 - 1, { good: 50 }), undefined);
  assert.equal(testing.due, false);
  assert.equal(said(testing, VALID_MS / 2, { good: 50 }), undefined, 'payments of long ago do not count');
  assert.equal(testing.due, true);
  assert.equal(said(testing, VALID_MS / 2 + 10, { good: 53 })?.payments, 3);
  assert.equal(testing.due, false);
});

test('R2: an instance that boots with what was proved tries it and signs', () => {
  const booted = receipts();
  assert.equal(said(booted, 0, { good: 1 }), undefined);
  assert.equal(said(booted, 10, { good: 4 })?.verdict, 'passed');
});

test('trouble in testing neither fails what is in force nor counts for it', () => {
  const testing = receipts();
  assert.equal(said(testing, 0, {}), undefined);
  assert.equal(said(testing, 1, { good: 2, error: 1 }), undefined);
  assert.equal(said(testing, 2, { good: 4, error: 1 }), undefined, 'three good ones, but not in a row');
  assert.equal(said(testing, 3, { good: 5, error: 1 })?.verdict, 'passed');
});

test('what failed while it was lent, and is in force all the same, can pass later', () => {
  const testing = receipts();
  assert.equal(said(testing, 0, { error: 1 }, { lent: true })?.verdict, 'failed');
  assert.equal(said(testing, 1, { good: 9, error: 1 }), undefined);
  assert.equal(said(testing, 2, { good: 12, error: 1 })?.verdict, 'passed');
});

test('each release is signed for by itself', () => {
  const testing = receipts();
  assert.equal(said(testing, 0, { good: 3 }, { lent: true })?.verdict, 'passed');
  assert.equal(said(testing, 1, { good: 2 }, { lent: true, stretch: 2 }), undefined);
  assert.equal(said(testing, 2, { good: 3 }, { lent: true, stretch: 2 })?.verdict, 'passed');
});
