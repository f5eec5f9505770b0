import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Registry } from 'prom-client';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { BILL, paymentsFixture, TILL_OF_STORE, validatingMerchant } from '../../../../test/mpesa/payments.ts';
import { startReceiver } from '../../../../test/mpesa/receiver.ts';
import { until } from '../../../../test/until.ts';
import { createDelivery } from '../../../delivery/deliver.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { runPayments } from '../../payments/settlement/run.ts';
import { c2bProduct } from './product.ts';

const fixture = await paymentsFixture();
const { database, clock, log, validation } = fixture;
const api = await startMpesaApi({ database, clock });
const local = { allowPlainHttp: true, allowPrivateTargets: true };
const { c2b } = api.settings;
c2b.callbackUrl = { ...c2b.callbackUrl, ...local };
c2b.registerAgain = 'overwrites';
const receiver = await startReceiver();
const delivery = createDelivery({
  database,
  settings: () => ({ ...validation.rules, pollMs: 20 }),
  clock,
  log,
  registry: new Registry(),
});
const delivering = delivery.run();
const stop = new AbortController();
const working = runPayments({ ...fixture.options(), signal: stop.signal });
after(async () => {
  stop.abort();
  await working;
  await delivery.close();
  await delivering;
  await receiver.close();
});

const { registerV1, registerV2, simulateV1, simulateV2 } = c2bProduct.operations;
const register = (changes: Record<string, unknown> = {}, { paths } = registerV2) =>
  api.post(paths[0], {
    ShortCode: Number(BILL),
    ResponseType: 'Completed',
    ConfirmationURL: receiver.url,
    ValidationURL: receiver.url,
    ...changes,
  });
const simulate = (changes: Record<string, unknown> = {}, { paths } = simulateV2) =>
  api.post(paths[0], { ...simulateV2.sample, ShortCode: BILL, ...changes });
const told = (reference: string) =>
  until(`${reference} is told`, () =>
    receiver.received
      .map(({ body }) => body as Record<string, unknown>)
      .find(({ BillRefNumber }) => BillRefNumber === reference),
  );

test('URLs are registered, and a payment is told to the ConfirmationURL', async () => {
  const { status, body } = await register();
  const { OriginatorCoversationID, ...rest } = body;
  assert.deepEqual([status, rest], [200, { ResponseCode: '0', ResponseDescription: 'Success' }]);
  assert.match(String(OriginatorCoversationID), /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d+$/);
  const taken = await simulate({ BillRefNumber: 'A-1', Amount: '5' });
  assert.deepEqual(Object.keys(taken.body), [
    'OriginatorCoversationID',
    'ResponseCode',
    'ResponseDescription',
  ]);
  assert.equal(taken.body.ResponseDescription, 'Accept the service request successfully.');
  const confirmation = await told('A-1');
  assert.deepEqual(
    [confirmation.TransactionType, confirmation.TransAmount, confirmation.MSISDN],
    ['Pay Bill', '5.00', '2547 ***** 149'],
  );
  assert.match(String(confirmation.TransID), /^UKN[0-9A-Z]{7}$/);
  const held = await fixture.balanceCents(accounts.organisation(BILL, 'utility'));
  assert.equal(confirmation.OrgAccountBalance, `${Number(held) / 100}.00`);
});

test('the version that registered last decides how the payer is shown, whichever simulates', async () => {
  await register({}, registerV1);
  const { body } = await simulate({ BillRefNumber: 'A-2' }, simulateV1);
  assert.match(String(body.ConversationID), /^AG_20261123_2010[0-9a-f]{16}$/);
  assert.match(String((await told('A-2')).MSISDN), /^[0-9a-f]{64}$/);
  await register();
  await simulate({ BillRefNumber: 'A-3' }, simulateV1);
  assert.equal((await told('A-3')).MSISDN, '2547 ***** 149');
});

test('a till takes a null BillRefNumber, and the account of a pay bill may be left out', async () => {
  const buys = { ShortCode: TILL_OF_STORE, CommandID: 'CustomerBuyGoodsOnline', BillRefNumber: null };
  assert.equal((await simulate(buys)).status, 200);
  assert.equal((await simulate({ BillRefNumber: undefined })).status, 200);
  await until(
    'the store has it',
    async () => ((await fixture.balanceCents(accounts.organisation('600979', 'utility'))) ?? 0n) > 0n,
  );
});

test('a rejected simulation is acknowledged all the same, and moves nothing', async () => {
  const merchant = await validatingMerchant(() => '{"ResultCode":"C2B00012","ResultDesc":"Rejected"}');
  await register({ ValidationURL: merchant.url });
  await database.query('update mpesa.organisation set validates_payments = true where short_code = $1', [
    BILL,
  ]);
  assert.equal((await simulate({ BillRefNumber: 'A-4' })).status, 200);
  await until('it was asked', () => merchant.asked.length === 1);
  await until('it is decided', async () => {
    const { rows } = await database.query(
      `select result_code from mpesa.payment where account_reference = 'A-4' and state = 'resolved'`,
    );
    return rows[0]?.result_code === 'C2B00012';
  });
  await database.query('update mpesa.organisation set validates_payments = false');
});

test('registering twice: the sandbox overwrites, production says that they are registered', async () => {
  assert.equal((await register()).status, 200);
  c2b.registerAgain = 'refused';
  const again = await register({ ResponseType: 'Cancelled' });
  assert.deepEqual(errorOf(again), [500, '500.003.1001', 'Urls are already registered.']);
  const { rows } = await database.query(
    'select response_type from mpesa.c2b_registration where short_code = $1',
    [BILL],
  );
  assert.equal(rows[0].response_type, 'Completed');
  c2b.registerAgain = 'overwrites';
});

test('ResponseType is exactly one of two words', async () => {
  for (const ResponseType of ['completed', 'COMPLETED', 'Canceled', 'Completed ', 'Complete', 0, true]) {
    const answer = await register({ ResponseType });
    assert.deepEqual(
      errorOf(answer),
      [400, '400.003.02', 'Bad Request - Invalid ResponseType'],
      `${ResponseType}`,
    );
  }
  assert.equal((await register({ ResponseType: 'Cancelled' })).status, 200);
});

test('words that the vendor refuses in a URL are named, in any case', async () => {
  for (const [path, word] of [
    ['mpesa', 'MPESA'],
    ['M-Pesa', 'M-PESA'],
    ['Safaricom', 'SAFARICOM'],
    ['a.exe', 'EXE'],
    ['exec', 'EXEC'],
    ['cmd', 'CMD'],
    ['SQL', 'SQL'],
    ['c2b?query=1', 'QUERY'],
  ]) {
    for (const name of ['ConfirmationURL', 'ValidationURL']) {
      const answer = await register({ [name]: `https://shop.example.com/${path}` });
      assert.deepEqual(errorOf(answer), [
        400,
        '400.003.02',
        `Bad Request - Invalid ${name} - URL has the word ${word}`,
      ]);
    }
  }
});

test('a private address, or http, is refused where the settings say so', async () => {
  const was = c2b.callbackUrl;
  for (const [rules, url] of [
    [{ allowPrivateTargets: false }, 'https://10.0.0.1/x'],
    [{ allowPlainHttp: false }, 'http://shop.example.com/x'],
  ] as const) {
    c2b.callbackUrl = { ...was, ...rules };
    const answer = await register({ ConfirmationURL: url });
    assert.deepEqual(errorOf(answer), [400, '400.003.02', 'Bad Request - Invalid ConfirmationURL']);
  }
  c2b.callbackUrl = was;
});

test('a short code of STK push alone, or nobody’s, gets the fault of the backend', async () => {
  for (const ShortCode of [174379, 999999]) {
    const { status, body } = await register({ ShortCode });
    assert.equal(status, 500);
    const [fault] =
      /"faultcode":"soap:Server","faultstring":"Execution of Service/.exec(JSON.stringify(body)) ?? [];
    assert.ok(fault !== undefined && 'Envelope' in body, JSON.stringify(body));
  }
});

test('errors are those of the family of C2B', async () => {
  const [path] = registerV2.paths;
  const expired = await api.post(path, {}, { authorization: 'Bearer expired' });
  assert.deepEqual(errorOf(expired), [400, '400.003.01', 'Invalid Access Token']);
  assert.deepEqual(errorOf(await api.post(path, '{')), [400, '400.002.05', 'Invalid Request Payload']);
  const got = await api.request(path, { method: 'GET' });
  assert.deepEqual(errorOf(got), [404, '404.001.04', 'Invalid Authentication Header']);
});
