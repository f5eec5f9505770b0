import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import type { JsonObject } from '../../config/canonical.ts';
import { approval, envelope, NOW, receipt, release, terms } from '../testdata/parties.ts';
import { checkOffer, Envelope, type Envelope as Offered, type Terms } from './envelope.ts';
import { verifyEd25519 } from './signature.ts';

function outcome(offered: Offered, change: Partial<Terms> = {}, now = NOW): string {
  const checked = checkOffer(offered, { ...terms, ...change }, verifyEd25519, now);
  return checked.ok ? 'taken' : checked.cause;
}

test('an offer with signature, receipt and approval is taken', () => {
  assert.equal(outcome(envelope()), 'taken');
  assert.equal(Value.Check(Envelope, JSON.parse(JSON.stringify(envelope()))), true);
});

test('R2: production refuses a release without valid receipts from testing, whatever control says', () => {
  const refused: [receipts: Offered['body']['receipts'], cause: RegExp][] = [
    [[], /^0 of 1 valid receipts from testing$/],
    [[receipt('mallory', { instance: 'test-1' })], /not signed by that instance/],
    [[receipt('control', { instance: 'test-1' })], /not signed by that instance/],
    [[receipt('test2', { instance: 'test-1' })], /not signed by that instance/],
    [[receipt('api1')], /not from testing/],
    [[receipt('api1', { environment: 'testing' })], /not from testing/],
    [[receipt('test1', { hash: 'sha256:other' })], /for another release/],
    [[receipt('test1', { service: 'other' })], /for another release/],
    [[receipt('test1', { expiresAt: NOW })], /has expired/],
    [[receipt('test1', { issuedAt: NOW + 5_001 })], /from the future/],
    [[receipt('test1', { payments: 0 })], /saw no payment/],
    [[receipt('test1'), receipt('test2', { verdict: 'failed' })], /test-2 says that the release failed/],
    [[{ ...receipt('test1'), signature: 'AAAA' }], /not signed/],
  ];
  for (const [receipts, cause] of refused) assert.match(outcome(envelope({ receipts })), cause);
});

test('R2: two receipts of one instance are one; of two instances they are two', () => {
  const rule = { receipts: { environment: 'testing', count: 2 } };
  assert.match(
    outcome(envelope({ receipts: [receipt('test1'), receipt('test1', { payments: 9 })] }), rule),
    /^1 of 2/,
  );
  assert.equal(outcome(envelope({ receipts: [receipt('test1'), receipt('test2')] }), rule), 'taken');
});

test('R2: a changed receipt no longer counts, whichever field was changed', () => {
  const { body, ...rest } = receipt('test1');
  for (const [key, value] of Object.entries(body)) {
    const changed = { ...body, [key]: typeof value === 'number' ? value + 1 : `${value}x` };
    assert.match(outcome(envelope({ receipts: [{ ...rest, body: changed }] })), /0 of 1/, key);
  }
});

test('R2: break-glass takes as many people as any change, all of whom asked for it, a short lease, and still the receipts', () => {
  const breakGlass = true;
  const people = 2;
  const two = [approval('amina', { breakGlass }), approval('baraka', { breakGlass })];
  assert.equal(outcome(envelope({ breakGlass, leaseMs: 5_000, approvals: two }), { people }), 'taken');
  const one = two.slice(0, 1);
  assert.equal(outcome(envelope({ breakGlass, leaseMs: 5_000, approvals: one })), 'taken', 'and the author');
  assert.equal(outcome(envelope({ breakGlass, leaseMs: 5_000, approvals: [] }), { people: 0 }), 'taken');
  assert.match(
    outcome(envelope({ breakGlass, leaseMs: 10_000, approvals: two })),
    /lease of 10000 ms where 5000 are allowed/,
  );
  assert.match(
    outcome(envelope({ breakGlass, leaseMs: 5_000, approvals: one }), { people }),
    /1 of 2 approvals/,
  );
  assert.match(
    outcome(envelope({ breakGlass, leaseMs: 5_000, approvals: two, receipts: [] })),
    /0 of 1 valid receipts/,
  );
  assert.match(
    outcome(envelope({ breakGlass, leaseMs: 5_000, approvals: [approval('amina'), approval('baraka')] }), {
      people,
    }),
    /0 of 2 approvals/,
  );
});

test('R2: what only switches something off, as the instance itself sees it, needs nobody’s approval, and still the receipts', () => {
  const needsNobody = (content: JsonObject) => content === release.content;
  assert.equal(outcome(envelope({ approvals: [] }), { needsNobody }), 'taken');
  assert.match(outcome(envelope({ approvals: [] }), { needsNobody: () => false }), /0 of 1 approvals/);
  assert.match(outcome(envelope({ approvals: [], receipts: [] }), { needsNobody }), /0 of 1 valid receipts/);
});

test('R6: an approval counts only for this release and its way back, and never the author’s own', () => {
  for (const change of [
    { undoTo: 'sha256:five' },
    { undoTo: null },
    { release: 'sha256:other' },
    { rollout: 'r-2' },
    { environment: 'testing' },
    { person: 'baraka' },
  ]) {
    assert.match(
      outcome(envelope({ approvals: [approval('amina', change)] })),
      /0 of 1 approvals/,
      JSON.stringify(change),
    );
  }
  assert.match(outcome(envelope({ approvals: [approval('wanjiru')] })), /0 of 1 approvals/);
  assert.equal(
    outcome(envelope({ approvals: [approval('control', { person: 'baraka' })] })),
    'taken',
    'control saw the token',
  );
  assert.match(
    outcome(envelope({ approvals: [approval('amina'), approval('amina', { at: NOW })] }), { people: 2 }),
    /1 of 2/,
  );
});

test('an offer that is not for this instance, or not what it says, is refused with the cause', () => {
  assert.equal(outcome(envelope({}, 'mallory')), 'not signed by control');
  assert.equal(outcome(envelope({}, 'amina')), 'not signed by control');
  assert.equal(outcome(envelope({ instance: 'api-2' })), 'meant for api-2 in production');
  assert.equal(outcome(envelope({ environment: 'testing' })), 'meant for api-1 in testing');
  assert.equal(outcome(envelope(), { service: 'shop' }), 'a release of platform');
  assert.equal(
    outcome(envelope(), { schemas: ['imara.platform/2'] }),
    'schema imara.platform/1 is not known here',
  );
  const tampered = { ...release, content: { auth: { servers: ['http://evil'] } } };
  assert.equal(outcome(envelope({ release: tampered })), 'the content is not the one that its hash names');
  assert.equal(outcome(envelope({ leaseMs: 60_001 })), 'a lease of 60001 ms where 60000 are allowed');
});

test('the testing environment needs no receipts of an earlier stage', () => {
  assert.equal(
    outcome(envelope({ environment: 'testing', receipts: [], approvals: [] }), {
      environment: 'testing',
      receipts: null,
      people: 0,
    }),
    'taken',
  );
});

test('malformed keys and signatures do not verify and do not throw', () => {
  const bytes = new Uint8Array([1, 2, 3]);
  for (const text of ['', 'x', '\u0000', 'A'.repeat(10_000)]) {
    assert.equal(verifyEd25519(text, bytes, text), false);
  }
});
