import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { freshlySwapped, subscriberOf } from '../../parties/subscribers.ts';
import { ageOnNetworkProduct } from '../age-on-network/product.ts';
import { imsiProduct } from '../imsi/product.ts';
import { kycProduct } from '../kyc/product.ts';
import { simSwapProduct } from './product.ts';

const clock = { ms: Date.parse('2026-11-23T09:00:00Z'), now: () => clock.ms };
const api = await startMpesaApi({ clock });
const SWAP = simSwapProduct.operations.check.paths[0];
const IMSI = imsiProduct.operations.check.paths;
const AGE = ageOnNetworkProduct.operations.check.paths[0];
const KYC = kycProduct.operations.validateId.paths[0];

async function asked(path: string, msisdn: unknown, changes: object = {}) {
  const { status, body } = await api.post(path, { customerNumber: msisdn, ...changes });
  assert.equal(status, 200, JSON.stringify(body));
  const { requestRefID, ...rest } = body;
  assert.ok(requestRefID);
  return rest;
}

const ok = { responseCode: '200', responseDesc: 'Success' };

test('a fresh swap is told to the minute, an old one as 1900', async () => {
  assert.deepEqual(await asked(SWAP, freshlySwapped), { ...ok, lastSwapDate: '21-11-2026 03:00' });
  const swappedMs = subscriberOf('254712345678').lastSimSwapMs(clock.ms) ?? 0;
  clock.ms = swappedMs + 90 * 86_400_000 - 1;
  assert.deepEqual(await asked(SWAP, 254712345678), { ...ok, lastSwapDate: '20-05-2026 15:18' });
  clock.ms += 1;
  assert.deepEqual(await asked(SWAP, '254712345678'), { ...ok, lastSwapDate: '01-01-1900 00:00' });
  api.settings.simSwap = { shownForDays: 91, withRegistration: true };
  assert.deepEqual(await asked(SWAP, '254712345678'), {
    ...ok,
    lastSwapDate: '20-05-2026 15:18',
    msisdnRegistrationDate: '16-03-2022',
  });
  api.settings.simSwap = { shownForDays: 90, withRegistration: false };
  clock.ms = Date.parse('2026-11-23T09:00:00Z');
});

test('an IMSI is hashed, on each path the same, and another after a swap', async () => {
  const told = await asked(IMSI[0], '254712345678');
  assert.deepEqual(told, {
    ...ok,
    imsi: told.imsi,
    lastSwapDate: '01-01-1900',
    msisdnRegistrationDate: '16-03-2022',
    customerNumber: '254712345678',
  });
  assert.match(String(told.imsi), /^\d{16}$/);
  for (const path of IMSI) assert.deepEqual(await asked(path, '254712345678'), told);
  clock.ms -= 365 * 86_400_000;
  assert.notEqual((await asked(IMSI[0], '254712345678')).imsi, told.imsi);
  clock.ms += 365 * 86_400_000;
});

test('the age of a number is its day of registration', async () => {
  const told = { ...ok, msisdnRegistrationDate: '16-03-2022', customerNumber: '254712345678' };
  assert.deepEqual(await asked(AGE, '254712345678'), told);
});

test('a document matches or not; whose it is is not told', async () => {
  const ask = {
    requestRefID: 'mine',
    shortCode: 174379,
    msisdn: '254712345678',
    idType: '01',
    idNumber: 34438550,
  };
  const match = async (changes: object) => (await api.post(KYC, { ...ask, ...changes })).body;
  assert.deepEqual(await match({}), { requestRefID: 'mine', ...ok, match: true });
  for (const wrong of [{ idNumber: '34438551' }, { idType: '05' }, { msisdn: '254712345679' }])
    assert.deepEqual(await match(wrong), { requestRefID: 'mine', ...ok, match: false });
  api.settings.kyc.matchAs = 'text';
  assert.equal((await match({})).match, 'TRUE');
  api.settings.kyc.matchAs = 'boolean';
});

test('errors look as answers do, with the codes of HTTP', async () => {
  for (const path of [SWAP, ...IMSI, AGE]) {
    const field = errorFields(await api.post(path, { customerNumber: '0712345678' }));
    assert.deepEqual(field, [400, '400', 'Bad Request - Invalid customerNumber']);
    const token = errorFields(await api.post(path, {}, { authorization: 'Bearer bad' }));
    assert.deepEqual(token, [401, '401', 'Unauthorized - Invalid Access Token']);
    const method = errorFields(await api.request(path, { method: 'GET' }));
    assert.deepEqual(method, [405, '405', 'GET Method Not Allowed']);
  }
});
