import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from './canonical.ts';
import { merged } from './overlay.ts';
import { switchedOff } from './switches.ts';

const kind = {
  environments: ['testing', 'production'],
  switches: [['serving', 'products', '*', 'enabled']],
};
const document: JsonObject = {
  serving: { products: { oauth: { enabled: true, maxInFlight: 5 }, stk: {} }, limits: { maxInFlight: 256 } },
  environments: { testing: { auth: { issuer: 'x' } } },
};
const off = (change: JsonObject, before = document) => {
  const after = merged(before, change);
  assert.ok(typeof after === 'object' && after !== null && !Array.isArray(after));
  return switchedOff(kind, before, after as JsonObject);
};
const products = (change: JsonObject): JsonObject => ({ serving: { products: change } });

test('a change that only turns products off is known as one, in every environment or in one', () => {
  assert.deepEqual(off(products({ stk: { enabled: false } })), ['serving.products.stk.enabled']);
  assert.deepEqual(off(products({ oauth: { enabled: false }, b2c: { enabled: false } })), [
    'serving.products.b2c.enabled',
    'serving.products.oauth.enabled',
  ]);
  const production = { environments: { production: products({ stk: { enabled: false } }) } };
  assert.deepEqual(off(production), ['environments.production.serving.products.stk.enabled']);
});

test('whatever does anything else is not: it goes the usual way', () => {
  const isOff = products({ stk: { enabled: false } });
  const document = merged({ serving: { products: {} } }, isOff) as JsonObject;
  const others: JsonObject[] = [
    {},
    products({ stk: { enabled: true } }),
    products({ stk: { enabled: null } }),
    products({ oauth: { enabled: null } }),
    products({ stk: { enabled: 0 } }),
    products({ stk: { enabled: 'false' } }),
    products({ stk: { enabled: { enabled: false } } }),
    products({ stk: { enabled: false, maxInFlight: 1 } }),
    products({ stk: { enabled: false }, oauth: { maxInFlight: 6 } }),
    products({ stk: {}, b2c: {} }),
    products({ oauth: null }),
    { serving: { products: { stk: { enabled: false } }, limits: { maxInFlight: 1 } } },
    { serving: { enabled: false } },
    { environments: { staging: products({ stk: { enabled: false } }) } },
    { environments: { production: { environments: { production: isOff } } } },
  ];
  for (const change of others) assert.equal(off(change), undefined, JSON.stringify(change));
  assert.equal(off(products({ stk: { enabled: true } }), document), undefined, 'on again');
});
