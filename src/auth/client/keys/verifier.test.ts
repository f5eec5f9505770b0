import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TOKEN_SECRET } from '../../../../test/auth/auth-client.ts';
import { signingKey } from '../../../../test/auth/auth-publisher.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { defaultAuthClientSettings } from '../settings.ts';
import { parseKeys } from './key-set.ts';
import { createVerifier } from './verifier.ts';

const key = signingKey();
const parsed = parseKeys(JSON.stringify({ issuer: 'imara', keys: [key.jwk] }), 'imara', Date.now());
assert.ok(parsed.ok);
const { keys } = parsed;

const verifierOf = (tokenSecrets: readonly string[]) =>
  createVerifier({
    settings: () => defaultAuthClientSettings,
    clock: { now: () => Date.now() },
    keys: {
      get: (id) => keys.get(id),
      ofGeneration: (generation) => [...keys.values()].filter((known) => known.generation === generation),
      find: async () => 'unknown',
    },
    revocations: { has: () => false },
    tokenSecrets,
  });
const verify = verifierOf([TOKEN_SECRET]);

const outcome = async (token: string, verifier = verify) => {
  const result = await verifier(token, Deadline.in(1_000));
  return result.ok ? 'ok' : result.reason;
};

test('a token is 28 letters and digits, as the vendor gives: it fits a column of 30 characters', () => {
  for (const token of [
    key.token(),
    key.token({ app: '16777215', generation: 1_023, livesSeconds: 86_400 }),
  ]) {
    assert.match(token, /^[A-Za-z0-9]{28}$/);
  }
});

test('a good token gives its claims, the second time without making its code', () => {
  const token = key.token({ app: '9', issuedAt: 3_500_000_000, livesSeconds: 60 });
  const first = verify(token, Deadline.in(1_000));
  assert.ok('ok' in first && first.ok);
  const { tokenId, ...claims } = first.claims;
  assert.deepEqual(claims, { appId: '9', issuedAt: 3_500_000_000, expiresAt: 3_500_000_060 });
  assert.match(tokenId, /^[0-9a-f]{22}$/);
  assert.equal(verify(`${token}`, Deadline.in(1_000)), first);
});

test('what is not a token of ours is refused with its reason', async () => {
  const good = key.token();
  const now = Date.now() / 1_000;
  const cases: [string, string][] = [
    [good, 'ok'],
    ['', 'malformed'],
    ['Bearer', 'malformed'],
    [good.slice(1), 'malformed'],
    [`${good}0`, 'malformed'],
    [`${good.slice(0, 27)}-`, 'malformed'],
    [`${good.slice(0, 27)}٣`, 'malformed'],
    ['z'.repeat(28), 'malformed'],
    ['a'.repeat(10_000_000), 'malformed'],
    [key.token({ issuer: 'imara-testing' }), 'bad_signature'],
    [key.token({ secret: 'another secret of the tests' }), 'bad_signature'],
    [key.token({ livesSeconds: 90_000 }), 'malformed'],
    [key.token({ issuedAt: now - 7_200 }), 'expired'],
    [signingKey().token(), 'unknown_key'],
  ];
  for (const [token, expected] of cases) assert.equal(await outcome(token), expected, token.slice(0, 300));
});

test('while a secret is replaced, tokens of the one before are taken too, and none of another', async () => {
  const replacing = verifierOf(['the next secret of the tests', TOKEN_SECRET]);
  assert.equal(await outcome(key.token(), replacing), 'ok');
  assert.equal(await outcome(key.token({ secret: 'the next secret of the tests' }), replacing), 'ok');
  assert.equal(
    await outcome(key.token({ secret: 'a third secret of the tests' }), replacing),
    'bad_signature',
  );
});

test('no text makes the verifier throw, and no changed token passes', async () => {
  const good = key.token();
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => (await outcome(text)) === 'malformed'));
  const letter = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-€');
  await fc.assert(
    fc.asyncProperty(fc.nat(27), letter, async (at, changedTo) => {
      const changed = `${good.slice(0, at)}${changedTo}${good.slice(at + 1)}`;
      return changed === good || (await outcome(changed)) !== 'ok';
    }),
    { numRuns: 1_000 },
  );
});
