import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { errorOf, PUSH, QUERY, startMpesaApi, stubAuth } from '../../../test/mpesa/mpesa-api.ts';
import { until } from '../../../test/until.ts';
import type { Database } from '../../platform/database/database.ts';
import { openAppProducts, productsOfApps, setAppProducts } from './app-products.ts';

let issuedAt = 1_000;
const auth = stubAuth({
  verify: () => {
    const claims = { appId: 'app-1', tokenId: 'token-1', issuedAt, expiresAt: 4_000_000_000 };
    return { ok: true, claims };
  },
});
const api = await startMpesaApi({ auth });
const noProduct = [
  401,
  '401.003.01',
  'Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found',
];
const asked = async (path: string) => errorOf(await api.post(path, {}));
const invalid = [400, '400.002.02', 'Bad Request - Invalid BusinessShortCode'];
const is = (path: string, told: unknown[]) =>
  until(`${path} is told ${told[1]}`, async () => (await asked(path))[1] === told[1]);

test('an app asks for what it has: every product, until it has some; a token older than the product does not count', async () => {
  assert.deepEqual(await asked(PUSH), invalid);
  await setAppProducts(api.database, 'app-1', ['stk'], 1_000_000);
  await setAppProducts(api.database, 'app-2', ['stk-query'], 0);
  await is(QUERY, noProduct);
  assert.deepEqual([await asked(PUSH), await asked(QUERY)], [invalid, noProduct]);

  await setAppProducts(api.database, 'app-1', ['stk', 'stk-query'], 2_000_000);
  await setAppProducts(api.database, 'app-3', ['stk'], 0);
  await until('it is read', async () => (await productsOfApps(api.database)).size === 3);
  issuedAt = 2_000;
  await is(QUERY, invalid);
  assert.deepEqual(await asked(PUSH), invalid);
  issuedAt = 1_999;
  assert.deepEqual(
    [await asked(PUSH), await asked(QUERY)],
    [invalid, noProduct],
    'what it had already goes on',
  );

  await setAppProducts(api.database, 'app-1', 'all', 3_000_000);
  await is(QUERY, invalid);
});

test('R1: while the table cannot be read what is known holds; before anything is known nothing is allowed', async () => {
  await setAppProducts(api.database, 'app-1', ['stk'], 0);
  let away = true;
  const database = new Proxy(api.database, {
    get(target, name) {
      if (name === 'query' && away) return () => Promise.reject(new Error('away'));
      return Reflect.get(target, name, target);
    },
  }) as Database;
  const products = openAppProducts({ database, log: pino({ level: 'silent' }) });
  await products.loaded;
  const may = (product: string) => products.mayAsk({ appId: 'app-1', issuedAt: 5 }, product);
  assert.equal(may('stk'), 'unknown');
  away = false;
  await until('it is known', () => may('stk') === 'yes');
  away = true;
  assert.equal(may('stk-query'), 'no');
  await products.close();
});
