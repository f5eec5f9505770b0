import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMpesaApi } from '../../test/mpesa/mpesa-api.ts';
import { type ClientRequest, pushRequest, queryRequest, requestOf, takeToken } from './client.ts';
import { sandboxOrganisation } from './parties/sandbox.ts';
import { stkQueryProduct } from './products/stk-query/product.ts';

const api = await startMpesaApi();
const send = ({ path, ...request }: ClientRequest) => api.request(path, request);

test('the API takes what the client makes: a token, a push, and its query', async () => {
  const app = { consumerKey: 'key', consumerSecret: 'secret' };
  const token = await takeToken(`http://127.0.0.1:${api.port}`, app, AbortSignal.timeout(20_000));
  const payment = {
    msisdn: '254708374149',
    shillings: 10,
    callbackUrl: 'https://merchant.example.com/callback',
    reference: 'order-1',
  };
  const pushed = await send(pushRequest(token, sandboxOrganisation, payment));
  assert.equal(pushed.status, 200);
  const asked = await send(queryRequest(token, sandboxOrganisation, String(pushed.body.CheckoutRequestID)));
  assert.deepEqual([asked.status, asked.body.ResultCode], [200, '4999']);
});

test('a token that is not given says why', async () => {
  const app = { consumerKey: 'key', consumerSecret: 'wrong' };
  const asked = takeToken(`http://127.0.0.1:${api.port}`, app, AbortSignal.timeout(20_000));
  await assert.rejects(asked, /400 .*400\.008\.01/);
});

test('a field that an operation does not have is not compiled', () => {
  const { query } = stkQueryProduct.operations;
  // @ts-expect-error CheckoutRequestID is how it is written
  requestOf(query, 'token', { CheckoutRequestId: 'ws_CO_1' });
});
