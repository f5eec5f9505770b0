import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MASK, masked } from '../config/secret.ts';
import { isSecretName, secretNames } from './secret-names.ts';

const othersToo = ['Cookie', 'X-Signature', 'passphrase', 'privateKey', 'apiKey', 'adminPin', 'admin_pin'];

test('what we know to be a secret is masked by its name everywhere, in configuration too', () => {
  for (const name of [...secretNames, ...othersToo]) {
    assert.ok(isSecretName(name), name);
    assert.deepEqual(masked({ [name]: 'x' }, {}), { [name]: MASK });
  }
});

test('what is none is shown', () => {
  for (const name of ['Content-Type', 'BusinessShortCode', 'mapping', 'User-Agent'])
    assert.ok(!isSecretName(name), name);
});
