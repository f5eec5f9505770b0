import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { newKeyPair, verifyEd25519 } from '../rollout/signed/signature.ts';
import { sign, signerOf } from '../rollout/signed/signed.ts';
import { keptSecret, signingKey, trustedKeysIn } from './keyring.ts';

const home = () => mkdtemp(join(tmpdir(), 'imara-keyring-'));
const statement = { kind: 'test/1', what: 'anything' };

test('a key is made once, kept for its owner alone, and believed by everybody of the installation', async () => {
  const directory = await home();
  const owner = { role: 'instance', owner: 'test-1', environment: 'testing' } as const;
  const first = await signingKey(directory, owner);
  const second = await signingKey(directory, owner);
  assert.equal(first.key, second.key);
  const key = signerOf(sign(statement, second), trustedKeysIn(directory)(), verifyEd25519);
  assert.deepEqual([key?.role, key?.owner, key?.environment], ['instance', 'test-1', 'testing']);
  const file = join(directory, 'keys-of', 'test-1.pem');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  for (const name of await readdir(join(directory, 'trusted')))
    assert.doesNotMatch(await readFile(join(directory, 'trusted', name), 'utf8'), /PRIVATE/);
});

test('a key that is given is not written down; what is no key among the trusted is passed over', async () => {
  const directory = await home();
  const { privateKey } = newKeyPair();
  const signer = await signingKey(directory, { role: 'control', owner: 'control' }, privateKey);
  assert.deepEqual(await readdir(join(directory, 'keys-of')), []);
  await writeFile(join(directory, 'trusted', 'broken.json'), '{"id":');
  assert.equal(
    signerOf(sign(statement, signer), trustedKeysIn(directory)(), verifyEd25519)?.owner,
    'control',
  );
});

test('a secret that many ask for at the same time, where no folder is yet, is the same for all', async () => {
  const file = join(await home(), 'control', 'secret');
  let made = 0;
  const all = await Promise.all(
    Array.from({ length: 20 }, () => keptSecret(file, undefined, () => `secret ${++made}`)),
  );
  assert.ok(made > 1, 'they raced');
  assert.equal(new Set(all).size, 1);
  assert.deepEqual(await readdir(join(file, '..')), ['secret']);
});

test('a secret is made once; a given one stands in for it', async () => {
  const file = join(await home(), 'token');
  const made = await keptSecret(file, undefined, () => 'made');
  assert.equal(made, 'made');
  assert.equal(await keptSecret(file, '', () => 'another'), 'made');
  assert.equal(await keptSecret(file, 'given', () => 'another'), 'given');
});
