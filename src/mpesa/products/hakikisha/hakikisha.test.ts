import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { hakikishaProduct } from './product.ts';

const api = await startMpesaApi();
const PATH = hakikishaProduct.operations.lookUp.paths[0];
const header = { requestID: 'echo-me', timestamp: '1748933384' };
const ask = (msisdn: unknown, shortcode: unknown = '174379', headers: object = header) =>
  api.post(PATH, { header: headers, body: { msisdn, shortcode } });

test('the first name is told in the clear, the others by their first letters', async () => {
  const { status, body } = await ask(254712345678);
  assert.deepEqual(
    [status, body],
    [
      200,
      {
        header: { ...header, status: '200', message: 'Success' },
        body: { firstName: 'Fatuma', middleName: 'C******', lastName: 'C******' },
      },
    ],
  );
  const seeded = (await ask('254700000001')).body.body;
  assert.deepEqual(seeded, { firstName: 'Amina', middleName: '', lastName: 'W******' });
});

test('a timestamp of any kind is echoed as text', async () => {
  for (const timestamp of [1748933384, '20250603074239', 1748933384.25]) {
    const { body } = await ask('254712345678', 174379, { requestID: 7, timestamp });
    assert.deepEqual(body.header, {
      requestID: '7',
      timestamp: `${timestamp}`,
      status: '200',
      message: 'Success',
    });
  }
});

test('a customer without M-Pesa does not exist, nor does a short code that nobody has', async () => {
  const failed = (message: string) => ({
    header: { ...header, status: '400', message: 'Error' },
    body: { message },
  });
  const unknown = await ask('254700000011');
  assert.deepEqual([unknown.status, unknown.body], [400, failed('The customer does not exist.')]);
  const merchant = await ask('254712345678', '600001');
  assert.deepEqual([merchant.status, merchant.body], [400, failed('The shortcode does not exist.')]);
  api.settings.hakikisha.errorsWithStatus200 = true;
  assert.equal((await ask('254700000011')).status, 200);
  api.settings.hakikisha.errorsWithStatus200 = false;
});

test('what is wrong within header or body is named', async () => {
  const named = async (body: unknown, field: string) =>
    assert.deepEqual(errorOf(await api.post(PATH, body)), [400, '400.001', `Bad Request - Invalid ${field}`]);
  const body = { msisdn: '254712345678', shortcode: '174379' };
  await named({ header: { requestID: 'x' }, body }, 'timestamp');
  await named({ header, body: { ...body, msisdn: '0712345678' } }, 'msisdn');
  await named({ header, body: [] }, 'body');
  const token = await api.post(PATH, {}, { authorization: 'Bearer bad' });
  assert.deepEqual(errorOf(token), [401, '401.001', 'Invalid Access Token']);
});
