import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { canonicalJson, type Json } from '../../config/canonical.ts';
import { newRelease } from '../../config/release.ts';
import { parseControlEvent } from '../../rollout/protocol.ts';
import { checkOffer, Envelope, type Terms } from '../../rollout/signed/envelope.ts';
import { newKeyPair, signerEd25519, verifyEd25519 } from '../../rollout/signed/signature.ts';
import { signerOf, type TrustedKey } from '../../rollout/signed/signed.ts';
import type { Ordered } from '../store/assignments.ts';
import { createSignedEvents, type OfferedRelease } from './signed-events.ts';

const pair = newKeyPair();
const signedEvents = createSignedEvents(signerEd25519('control-key', pair.privateKey));
const keys: TrustedKey[] = [
  { id: 'control-key', publicKey: pair.publicKey, role: 'control', owner: 'control' },
];
const NOW = Date.now();
const release = newRelease({
  service: 'shop',
  schema: 'shop/1',
  sequence: 3,
  content: { zulu: 'é "\\ \u2028', alpha: [1, 0.1, { b: null, a: true }] },
  parent: null,
  author: 'wanjiru',
  reason: 'a “reason”\nof two lines',
  createdAt: NOW,
});
const approval = signedEvents.approve({
  rollout: 'shop-3',
  service: 'shop',
  environment: 'production',
  release: release.hash,
  undoTo: null,
  person: 'amina',
  breakGlass: false,
  at: NOW,
});
const offered: OfferedRelease = { release, undoTo: null, receipts: [], approvals: [approval] };
const word: Ordered = {
  service: 'shop',
  instance: 'api-"1"',
  environment: 'production',
  rollout: 'shop-3',
  action: 'offer',
  hash: release.hash,
  undoTo: null,
  leaseMs: 10_000,
  breakGlass: false,
  attempt: 3,
  order: 42,
};
const terms: Terms = {
  instance: 'api-"1"',
  service: 'shop',
  environment: 'production',
  schemas: ['shop/1'],
  keys,
  receipts: null,
  people: 1,
  maxLeaseMs: 60_000,
  maxBreakGlassLeaseMs: 5_000,
  clockSkewMs: 5_000,
};

function eventIn(text: string | undefined) {
  const data = /\ndata: ([^\n]*)\n/.exec(text ?? '')?.[1] ?? '';
  return { data, event: parseControlEvent(data) };
}

test('an offer put together from its parts is the canonical JSON that agents check, and passes their checks', () => {
  const { event } = eventIn(signedEvents.assignmentText(word, offered));
  assert.equal(event?.type, 'offer');
  if (event?.type !== 'offer') return;
  assert.ok(Value.Check(Envelope, event.envelope));
  const checked = checkOffer(event.envelope, terms, verifyEd25519, NOW);
  assert.deepEqual(checked, { ok: true, offer: event.envelope.body });
});

test('what is sent is byte for byte what was signed', () => {
  const { data } = eventIn(signedEvents.assignmentText(word, offered));
  const parsed: { envelope: { body: Json } } = JSON.parse(data);
  assert.ok(data.includes(canonicalJson(parsed.envelope.body)));
});

test('an event names its order as the id of the stream; a renewal has none', () => {
  assert.match(
    signedEvents.assignmentText({ ...word, action: 'proof' }, undefined) ?? '',
    /^id: 42\nevent: proof\n/,
  );
  assert.match(
    signedEvents.assignmentText({ ...word, action: 'undo', undoTo: 'sha256:x' }, undefined) ?? '',
    /^id: 42\n/,
  );
  const renewal = { rollout: 'shop-3', hash: release.hash, instance: 'api-1', beat: 7, leaseMs: 1_000 };
  const { event } = eventIn(signedEvents.renewalText(renewal));
  assert.match(signedEvents.renewalText(renewal), /^event: renewal\n/);
  assert.equal(event?.type, 'renewal');
  if (event?.type !== 'renewal') return;
  assert.equal(signerOf(event.renewal, keys, verifyEd25519)?.role, 'control');
});

test('R6: an undo carries no signature, and is understood by every agent', () => {
  const text = signedEvents.undoText({ rollout: 'shop-3', from: release.hash, to: null });
  assert.deepEqual(eventIn(text).event, { type: 'undo', rollout: 'shop-3', from: release.hash, to: null });
});

test('without a release that control vouches for there is no offer', () => {
  assert.equal(signedEvents.assignmentText(word, undefined), undefined);
});
