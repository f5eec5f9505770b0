import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { bongaProduct } from './product.ts';

const api = await startMpesaApi();
const PATH = bongaProduct.operations.calculate.paths[0];

test('points are worth what the rate says, in the words of the page', async () => {
  const { status, body } = await api.post(PATH, { points: '40' });
  const { requestRefId, timestamp, ...header } = body.header as Record<string, unknown>;
  assert.ok(requestRefId);
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+$/);
  assert.deepEqual(
    [status, header, body.body],
    [
      200,
      {
        responseCode: 200,
        responseMessage: 'Success',
        customerMessage: 'Request executed successfully.',
      },
      { amount: '8', points: '40', rate: '0.2' },
    ],
  );
  api.settings.bonga.centsPerPoint = 25;
  assert.deepEqual((await api.post(PATH, { points: 33 })).body.body, {
    amount: '8.25',
    points: '33',
    rate: '0.25',
  });
  api.settings.bonga.centsPerPoint = 20;
});

test('errors have a header too', async () => {
  for (const points of [undefined, 'x', -1, 1.5]) {
    const told = await api.post(PATH, { points });
    assert.deepEqual(errorFields(told), [400, 6006, 'Bad Request - Invalid points']);
    assert.equal(told.body.body, null);
  }
  const token = await api.post(PATH, {}, { authorization: 'Bearer bad' });
  assert.deepEqual(errorFields(token), [401, 6005, 'Unauthorized - Invalid Access Token']);
});
