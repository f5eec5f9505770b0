import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { signingKey } from '../../../test/auth-publisher.ts';
import { Deadline } from '../../platform/deadline.ts';
import { parseKeys } from './key-set.ts';
import { defaultAuthClientSettings } from './settings.ts';
import { createVerifier } from './verifier.ts';

const key = signingKey();
const parsed = parseKeys(JSON.stringify({ issuer: 'imara', keys: [key.jwk] }), 'imara', Date.now());
assert.ok(parsed.ok);
const { keys } = parsed;

const verify = createVerifier({
  settings: () => defaultAuthClientSettings,
  clock: { now: () => Date.now() },
  keys: { get: (id) => keys.get(id), find: async () => 'unknown' },
  revocations: { has: () => false },
});

const outcome = async (token: string) => {
  const result = await verify(token, Deadline.in(1_000));
  return result.ok ? 'ok' : result.reason;
};

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: key.jwk.kid };
const claims = { sub: 'a', jti: 'b', iss: 'imara', iat: 1, exp: 4_000_000_000 };

test('a good token gives its claims, the second time without a new signature check', async () => {
  const token = await key.token({ app: 'app-9', id: 'token-9', issuedAt: 4_000_000_000, livesSeconds: 60 });
  const expected = { appId: 'app-9', tokenId: 'token-9', issuedAt: 4_000_000_000, expiresAt: 4_000_000_060 };
  const first = verify(token, Deadline.in(1_000));
  assert.deepEqual(first, { ok: true, claims: expected });
  assert.equal(verify(`${token}`, Deadline.in(1_000)), first);
});

test('what is not a token of ours is refused with its reason', async () => {
  const good = await key.token();
  const [head = '', body = '', signature = ''] = good.split('.');
  const now = Date.now() / 1_000;
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const forged = sign(null, Buffer.from(`${head}.${body}`), stranger).toString('base64url');
  const confused = `${part({ ...header, alg: 'HS256' })}.${body}`;
  const mac = createHmac('sha512', Buffer.from(key.jwk.x, 'base64url')).update(confused).digest('base64url');
  const cases: [string, string][] = [
    [good, 'ok'],
    ['', 'malformed'],
    ['Bearer', 'malformed'],
    [`${head}.${body}.`, 'malformed'],
    [`${part({ ...header, alg: 'none' })}.${body}.${signature}`, 'malformed'],
    [`${confused}.${mac}`, 'malformed'],
    [`${part({ ...header, crit: ['exp'] })}.${body}.${signature}`, 'malformed'],
    [`${part({ ...header, kid: 'k'.repeat(200) })}.${body}.${signature}`, 'malformed'],
    [`${head}.${part({ ...claims, iat: now })}.${signature}`, 'malformed'],
    [`${head}.${part({ ...claims, iat: now, exp: now + 60 })}.${signature}`, 'bad_signature'],
    [`${head}.${body}.${forged}`, 'bad_signature'],
    [await key.token({ issuer: 'imara-testing' }), 'malformed'],
    [await key.token({ livesSeconds: 200_000 }), 'malformed'],
    [await key.token({ issuedAt: now - 7_200 }), 'expired'],
    [await key.revocations({ version: 1, tokens: [], apps: {} }), 'malformed'],
    [await signingKey().token(), 'unknown_key'],
    [`${head}.${'a'.repeat(10_000_000)}.${signature}`, 'malformed'],
  ];
  for (const [token, expected] of cases) assert.equal(await outcome(token), expected, token.slice(0, 300));
});

test('no text makes the verifier throw, and no changed token passes', async () => {
  const good = await key.token();
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => (await outcome(text)) === 'malformed'));
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length - 2),
      fc.constantFrom('A', 'b', '-', '.', '€'),
      async (at, letter) => {
        const changed = `${good.slice(0, at)}${letter}${good.slice(at + 1)}`;
        return changed === good || (await outcome(changed)) !== 'ok';
      },
    ),
  );
});
