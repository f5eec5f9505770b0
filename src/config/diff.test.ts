import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { diff } from './diff.ts';
import { withOverlays } from './overlay.ts';
import { MASK, masked } from './secret.ts';
import { anyObject } from './testdata/json.ts';

const schema = Type.Object({
  auth: Type.Object({
    servers: Type.Array(Type.String()),
    password: Type.String({ secret: true }),
  }),
  hooks: Type.Optional(
    Type.Record(Type.String(), Type.Object({ url: Type.String(), key: Type.String({ secret: true }) })),
  ),
  login: Type.Optional(Type.Union([Type.Null(), Type.Object({ pin: Type.String({ secret: true }) })])),
});

test('a diff lists what changed, leaf by leaf, with secrets masked', () => {
  const before = { auth: { servers: ['http://a'], password: 'old' }, login: null };
  const after = {
    auth: { servers: ['http://a', 'http://b'], password: 'new' },
    hooks: { shop: { url: 'http://s', key: 'k' } },
    login: { pin: '1234' },
  };
  assert.deepEqual(diff(before, after, schema), [
    { path: 'auth.password', before: MASK, after: MASK },
    { path: 'auth.servers', before: ['http://a'], after: ['http://a', 'http://b'] },
    { path: 'hooks.shop.key', after: MASK },
    { path: 'hooks.shop.url', after: 'http://s' },
    { path: 'login', before: null, after: { pin: MASK } },
  ]);
});

test('what the schema does not know is shown, unless its name or its nearest one is that of a secret', () => {
  const whole = withOverlays(schema, ['production']);
  const production = {
    auth: { password: 'p', severs: ['http://a'], pasword: 'typo' },
    atuh: { password: 'typo', retries: 3 },
    colour: 'red',
    smtp: { host: 'mail', apiKey: 'k', adminPin: 1234, list: [{ clientSecret: 's', mapping: 'm' }] },
  };
  const after = { environments: { production, prod: { a: 's' } } };
  assert.deepEqual(
    diff({}, after, whole).map((change) => [change.path, change.after]),
    [
      ['environments.prod.a', 's'],
      ['environments.production.atuh.password', MASK],
      ['environments.production.atuh.retries', 3],
      ['environments.production.auth.password', MASK],
      ['environments.production.auth.pasword', MASK],
      ['environments.production.auth.severs', ['http://a']],
      ['environments.production.colour', 'red'],
      ['environments.production.smtp.adminPin', MASK],
      ['environments.production.smtp.apiKey', MASK],
      ['environments.production.smtp.host', 'mail'],
      ['environments.production.smtp.list', [{ clientSecret: MASK, mapping: 'm' }]],
    ],
  );
  const unreadable = Type.Object({ other: Type.Unsafe({ $ref: 'Other' }) });
  assert.deepEqual(diff({}, { other: { a: 's' } }, unreadable), [{ path: 'other.a', after: MASK }]);
});

test('a diff is empty for equal documents only', () => {
  fc.assert(
    fc.property(anyObject, anyObject, (before, after) => {
      assert.deepEqual(diff(before, before, schema), []);
      assert.equal(diff(before, after, schema).length === 0, equalIgnoringEmpty(before, after));
    }),
  );
});

test('no secret survives masking, wherever it stands', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), fc.string(), (secret, name) => {
      const document = {
        auth: { servers: [], password: secret },
        hooks: { [name]: { url: '', key: secret } },
        [`${name}Secret`]: secret,
        auth2: { password: secret },
      };
      assert.equal(JSON.stringify(masked(document, schema)).includes(JSON.stringify(secret)), false);
    }),
  );
});

function equalIgnoringEmpty(before: unknown, after: unknown): boolean {
  try {
    assert.deepEqual(JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(after)));
    return true;
  } catch {
    return false;
  }
}
