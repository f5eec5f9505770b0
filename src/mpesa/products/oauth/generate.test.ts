import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, OAUTH, startMpesaApi, stubAuth } from '../../../../test/mpesa/mpesa-api.ts';
import type { Credentials, Issue } from '../../../auth/client/types.ts';

let issue: (credentials: Credentials) => Promise<Issue> = stubAuth().issue as typeof issue;
const api = await startMpesaApi({ auth: stubAuth({ issue: (credentials) => issue(credentials) }) });

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const ask = (authorization: string | undefined, query = '?grant_type=client_credentials') =>
  api.request(OAUTH + query, authorization === undefined ? {} : { headers: { authorization } });
const invalidAuthentication = [400, '400.008.01', 'Invalid Authentication passed'];
const invalidGrant = [400, '400.008.02', 'Invalid grant type passed'];

test('key and secret give a token and its lifetime, as text or as a number', async () => {
  const { status, body, headers } = await ask(basic('key:secret'));
  assert.deepEqual([status, body], [200, { access_token: 'good', expires_in: '3599' }]);
  assert.equal(headers.get('cache-control'), 'no-store');
  api.settings.expiresInAs = 'number';
  assert.deepEqual((await ask(basic('key:secret'))).body, { access_token: 'good', expires_in: 3599 });
  api.settings.expiresInAs = 'string';
  assert.equal((await ask(basic('key:secret').replace('Basic', 'bAsIc'))).status, 200);
});

test('another type of authentication, a broken one, and a wrong secret are invalid authentication', async () => {
  const wrong = [
    undefined,
    'Bearer good',
    'Basic',
    'Basic !!!',
    basic('key'),
    basic(':secret'),
    basic('key:'),
  ];
  for (const authorization of [...wrong, basic('key:wrong'), basic('other:secret')]) {
    assert.deepEqual(errorOf(await ask(authorization)), invalidAuthentication, String(authorization));
  }
});

test('credentials with control characters, or that are no text, are invalid authentication, and no server is asked', async () => {
  const { issue: usual } = stubAuth();
  let asked = 0;
  issue = async (credentials) => {
    asked += 1;
    return (usual as typeof issue)(credentials);
  };
  for (const bytes of [
    'key:secret\u0000',
    'k\u0000ey:secret',
    'key\n:secret',
    'key:\u001bsecret',
    'key:\u0085',
  ]) {
    assert.deepEqual(errorOf(await ask(basic(bytes))), invalidAuthentication, JSON.stringify(bytes));
  }
  const notUtf8 = `Basic ${Buffer.from([0x6b, 0x3a, 0xff, 0xfe]).toString('base64')}`;
  for (const header of [notUtf8, `${basic('key:secret')}=`, basic('key:secret').slice(0, -1)]) {
    assert.deepEqual(errorOf(await ask(header)), invalidAuthentication, header);
  }
  assert.equal(asked, 0);
  issue = usual as typeof issue;
});

test('the only grant type is client_credentials', async () => {
  const wrong = ['%20', '+', '%0a', '%00', '%ff', '%09', '%C2%A0', '%', '&grant_type=client_credentials'];
  const queries = wrong.map((behind) => `?grant_type=client_credentials${behind}`);
  const others = [
    '',
    '?',
    '?grant_type=',
    '?grant_type=password',
    '?grant_type=a&grant_type=b',
    '?grant_type=+client_credentials',
  ];
  for (const query of [...queries, ...others]) {
    assert.deepEqual(errorOf(await ask(basic('key:secret'), query)), invalidGrant, query);
  }
});

test('R1: authentication servers that are away are not blamed on the credentials', async () => {
  const { issue: usual } = stubAuth();
  for (const failing of [
    async () => ({ ok: false, reason: 'unavailable' }) as const,
    () => Promise.reject(new Error('a fault of the client library')),
  ]) {
    issue = failing;
    const answer = await ask(basic('key:secret'));
    assert.deepEqual(errorOf(answer), [500, '500.001.1001', 'Internal Server Error']);
    assert.equal(answer.headers.get('retry-after'), '5');
  }
  issue = usual as typeof issue;
});

test('R8: who asks for a token while the authentication servers are started again waits, and gets it', async () => {
  const { issue: usual } = stubAuth();
  let asked = 0;
  issue = async (credentials) => {
    asked += 1;
    return asked < 4 ? { ok: false, reason: 'unavailable' } : (usual as typeof issue)(credentials);
  };
  assert.equal((await ask(basic('key:secret'))).status, 200);
  assert.equal(asked, 4);
  issue = usual as typeof issue;
});

test('HEAD issues no token', async () => {
  const response = await fetch(`http://127.0.0.1:${api.port}${OAUTH}?grant_type=client_credentials`, {
    method: 'HEAD',
    headers: { authorization: basic('key:secret') },
  });
  assert.equal(response.status, 405);
});
