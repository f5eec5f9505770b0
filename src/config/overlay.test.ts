import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './canonical.ts';
import { documentFor, merged } from './overlay.ts';
import { anyJson, anyObject } from './testdata/json.ts';

test('a change is merged key by key; null removes; arrays are replaced', () => {
  const document = { auth: { servers: ['http://a', 'http://b'], timeoutMs: 500 }, stk: { on: true } };
  const change = { auth: { servers: ['http://c'], timeoutMs: null }, tariffs: { fee: 3 } };
  assert.deepEqual(merged(document, change), {
    auth: { servers: ['http://c'] },
    stk: { on: true },
    tariffs: { fee: 3 },
  });
});

test('an instance sees the common part with its own overlay, and nothing of the others', () => {
  const document = {
    auth: { timeoutMs: 500 },
    environments: {
      testing: { auth: { servers: ['http://t'] } },
      production: { auth: { servers: ['http://p'] } },
    },
  };
  assert.deepEqual(documentFor(document, 'production'), { auth: { timeoutMs: 500, servers: ['http://p'] } });
  assert.deepEqual(documentFor(document, 'testing'), { auth: { timeoutMs: 500, servers: ['http://t'] } });
  assert.deepEqual(documentFor(document, 'elsewhere'), { auth: { timeoutMs: 500 } });
  assert.deepEqual(documentFor(document, 'toString'), { auth: { timeoutMs: 500 } });
});

test('merging is idempotent, changes neither side and reaches no prototype', () => {
  fc.assert(
    fc.property(anyJson, anyJson, (document, change) => {
      const before = JSON.stringify([document, change]);
      const once = merged(document, change);
      assert.equal(JSON.stringify(merged(once, change)), JSON.stringify(once));
      assert.equal(JSON.stringify([document, change]), before);
      assert.equal(Object.hasOwn(Object.prototype, 'admin'), false);
    }),
  );
  const hostile: Json = JSON.parse('{"__proto__":{"admin":true}}');
  merged({}, hostile);
  assert.equal('admin' in {}, false);
});

test('a resolved document has no overlays left', () => {
  fc.assert(
    fc.property(anyObject, anyObject, (common, overlay) => {
      const document = { ...common, environments: { production: { ...overlay, environments: null } } };
      assert.equal(Object.hasOwn(documentFor(document, 'production'), 'environments'), false);
    }),
  );
});
