import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  errorOf,
  PUSH,
  passwordOf,
  pushBody,
  QUERY,
  startMpesaApi,
  TIMESTAMP,
} from '../../../../test/mpesa/mpesa-api.ts';
import { createLog } from '../../../platform/log.ts';
import { retentionRound } from '../../../platform/retention/keep.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { retainedInMpesa } from '../../retained.ts';
import { stkResults } from '../stk-push/results.ts';

const api = await startMpesaApi();

const queryBody = (CheckoutRequestID: unknown, changes: Record<string, unknown> = {}) => ({
  BusinessShortCode: '174379',
  Password: passwordOf(),
  Timestamp: TIMESTAMP,
  CheckoutRequestID,
  ...changes,
});

async function pushed(PhoneNumber = '254708374149'): Promise<Record<string, unknown>> {
  await api.resolveAll();
  const { status, body } = await api.post(PUSH, pushBody({ PhoneNumber }));
  assert.equal(status, 200);
  return body;
}

test('a push without a result is in flight, in the shape the settings choose', async () => {
  const { MerchantRequestID, CheckoutRequestID } = await pushed();
  const ask = () => api.post(QUERY, queryBody(CheckoutRequestID));
  const usual = await ask();
  assert.equal(usual.status, 200);
  assert.deepEqual(usual.body, {
    ResponseCode: '0',
    ResponseDescription: 'The service request has been accepted successsfully',
    MerchantRequestID,
    CheckoutRequestID,
    ResultCode: '4999',
    ResultDesc: 'The transaction is still under processing',
  });
  api.settings.stk.inFlightAnswer = 'empty_error';
  assert.deepEqual(errorOf(await ask()), [200, '500.001.1001', '']);
  api.settings.stk.inFlightAnswer = 'being_processed';
  assert.deepEqual(errorOf(await ask()), [500, '500.001.1001', 'The transaction is being processed']);
  api.settings.stk.inFlightAnswer = '4999';
});

test('each result is told with its code as text and in the words of the query', async () => {
  const { CheckoutRequestID } = await pushed();
  for (const { code, callback, query } of Object.values(stkResults)) {
    await api.database.query(
      `update mpesa.stk_push set state = 'resolved', result_code = $1, result_desc = $2
       where checkout_request_id = $3`,
      [JSON.stringify(code), callback, CheckoutRequestID],
    );
    const { status, body } = await api.post(QUERY, queryBody(CheckoutRequestID));
    assert.deepEqual(
      [status, body.ResponseCode, body.ResultCode, body.ResultDesc],
      [200, '0', `${code}`, query],
    );
  }
});

test('the words of query and callback differ where the vendor says so', () => {
  const { paid, cancelled, unreachable, repeatedAmount } = stkResults;
  assert.equal(paid.query, 'The service request is processed successfully.');
  assert.deepEqual(
    [cancelled.callback, cancelled.query],
    ['Request cancelled by user', 'Request Cancelled by user.'],
  );
  assert.deepEqual(
    [unreachable.callback, unreachable.query],
    ['No response from user.', 'DS timeout user cannot be reached.'],
  );
  assert.equal(repeatedAmount.callback, 'Rule limited.');
});

test('an unknown push, or one of another short code, does not exist', async () => {
  const missing = [500, '500.001.1001', 'The transaction does not Exist'];
  assert.deepEqual(errorOf(await api.post(QUERY, queryBody('ws_CO_23112026120000000708374149'))), missing);
  const { CheckoutRequestID } = await pushed();
  await seedOrganisation(api.database, {
    shortCode: '600777',
    name: 'Other',
    kind: 'paybill',
    passkey: 'pk',
  });
  const other = queryBody(CheckoutRequestID, {
    BusinessShortCode: 600777,
    Password: passwordOf('600777', 'pk'),
  });
  assert.deepEqual(errorOf(await api.post(QUERY, other)), missing);
});

test('a push that retention has removed does not exist either, and its subscriber can pay again', async () => {
  const { CheckoutRequestID } = await pushed();
  await api.resolveAll();
  const ask = () => api.post(QUERY, queryBody(CheckoutRequestID));
  assert.equal((await ask()).status, 200);
  const inDays = (days: number) => ({ now: () => Date.now() + days * 86_400_000 });
  const options = { database: api.database, tables: retainedInMpesa, settings: () => ({ keepDays: 90 }) };
  const log = createLog('test');
  await retentionRound({ ...options, clock: inDays(89), log });
  assert.equal((await ask()).status, 200);
  await retentionRound({ ...options, clock: inDays(91), log });
  assert.deepEqual(errorOf(await ask()), [500, '500.001.1001', 'The transaction does not Exist']);
  await pushed();
});

test('each field that is missing or wrong is named, then the password, then the merchant', async () => {
  for (const field of ['BusinessShortCode', 'Password', 'Timestamp', 'CheckoutRequestID']) {
    const told = errorOf(await api.post(QUERY, queryBody('x', { [field]: undefined })));
    assert.deepEqual(told, [400, '400.002.02', `Bad Request - Invalid ${field}`]);
  }
  const wrong = queryBody('x', { Password: passwordOf('174379', 'wrong') });
  assert.deepEqual(errorOf(await api.post(QUERY, wrong)), [500, '500.001.1001', 'Wrong credentials']);
  const unknown = queryBody('x', { BusinessShortCode: '600555', Password: passwordOf('600555') });
  assert.deepEqual(errorOf(await api.post(QUERY, unknown)), [500, '500.001.1001', 'Merchant does not exist']);
});
