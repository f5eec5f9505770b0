import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Renewal } from '../../rollout/signed/lease.ts';
import { newKeyPair, signerEd25519 } from '../../rollout/signed/signature.ts';
import { type Signer, sign, type TrustedKey } from '../../rollout/signed/signed.ts';
import { verified } from './verify-statements.ts';

const [control, person, stranger] = [
  party('control', 'control'),
  party('amina', 'person'),
  party('x', 'control'),
];
const terms = { keys: [control.key, person.key], instance: 'api-1' };
const renewal: Renewal = {
  kind: 'imara.renewal/1',
  rollout: 'r',
  hash: 'h',
  instance: 'api-1',
  beat: 1,
  leaseMs: 9,
};

test('R5: only control renews, only for this instance, and only what it signed', () => {
  const signed = sign(renewal, control.signer);
  assert.equal(verified(signed, terms), signed.body);
  assert.equal(verified(sign(renewal, person.signer), terms), undefined, 'a person');
  assert.equal(verified(sign(renewal, stranger.signer), terms), undefined, 'nobody known');
  assert.equal(
    verified(sign({ ...renewal, instance: 'api-2' }, control.signer), terms),
    undefined,
    'another',
  );
  assert.equal(verified({ ...signed, body: { ...renewal, leaseMs: 10 } }, terms), undefined, 'changed');
});

test('a statement that has no canonical form is not believed, and harms nobody', () => {
  const signed = sign(renewal, control.signer);
  assert.equal(verified({ ...signed, body: { ...renewal, rollout: '\ud800' } }, terms), undefined);
});

function party(owner: string, role: TrustedKey['role']): { key: TrustedKey; signer: Signer } {
  const { publicKey, privateKey } = newKeyPair();
  return { key: { id: owner, publicKey, role, owner }, signer: signerEd25519(owner, privateKey) };
}
