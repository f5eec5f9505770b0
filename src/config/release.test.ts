import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIntact, newRelease } from './release.ts';

const facts = {
  service: 'platform',
  schema: 'imara.platform/1',
  sequence: 2,
  content: { limits: { paymentCents: 100 } },
  parent: null,
  author: 'wanjiru',
  reason: 'raise the limit',
  createdAt: 1_700_000_000_000,
};

test('the hash names service, schema and content, not who wrote it or when', () => {
  const release = newRelease(facts);
  assert.equal(newRelease({ ...facts, author: 'otieno', sequence: 9 }).hash, release.hash);
  assert.notEqual(newRelease({ ...facts, service: 'other' }).hash, release.hash);
  assert.notEqual(newRelease({ ...facts, schema: 'imara.platform/2' }).hash, release.hash);
  assert.notEqual(newRelease({ ...facts, content: { limits: { paymentCents: 0 } } }).hash, release.hash);
});

test('a release whose content was changed is not intact', () => {
  const release = newRelease(facts);
  assert.equal(isIntact(release), true);
  assert.equal(isIntact({ ...release, content: { limits: { paymentCents: 101 } } }), false);
});
