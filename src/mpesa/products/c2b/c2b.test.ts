import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Registry } from 'prom-client';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { KEY, named, namingMerchant, SECRET } from '../../../../test/mpesa/naming-merchant.ts';
import { BILL, paymentsFixture, TILL_OF_STORE, validatingMerchant } from '../../../../test/mpesa/payments.ts';
import { startReceiver } from '../../../../test/mpesa/receiver.ts';
import { until } from '../../../../test/until.ts';
import { createDelivery } from '../../../delivery/deliver.ts';
import { inTransaction } from '../../../platform/database/database.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { runPayments } from '../../payments/settlement/run.ts';
import { accountNames } from './account-names/account-names.ts';
import { sealOfLookUps, writeLookUp } from './account-names/rows.ts';
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

/** Asks a merchant as a phone does; the time, the rules and the deadline are the test's. */
async function asksNames(url: string) {
  const seal = () => sealOfLookUps('a credential key of the tests');
  await inTransaction(database, (client) =>
    writeLookUp(client, BILL, { url, key: KEY, secret: SECRET }, seal),
  );
  const at = { ms: clock.ms, timeoutMs: 10_000, delivery: { ...validation.rules }, seal };
  const ask = accountNames({
    database,
    settings: () => at,
    seal: () => at.seal(),
    clock: { now: () => at.ms },
  });
  return { at, ask: (account: string) => ask(BILL, account), ofBill: ask };
}

test('a merchant is asked whose an account is, with a token that is kept until shortly before its end', async () => {
  const merchant = await namingMerchant((question) => named(question, 'AMINA WANJIKU'));
  const { at, ask, ofBill } = await asksNames(merchant.url);
  assert.deepEqual(await ofBill(TILL_OF_STORE, 'INV-7'), { outcome: 'not_asked' });
  assert.deepEqual(await ask('INV-7'), { outcome: 'found', name: 'AMINA WANJIKU' });
  const [question] = merchant.asked;
  assert.deepEqual(
    [question?.accountNumber, question?.shortcode, question?.timestamp],
    ['INV-7', BILL, String(at.ms / 1_000)],
  );
  assert.match(String(question?.requestId), /^[0-9a-f-]{36}$/);
  at.ms += 3_568_000;
  await ask('INV-7');
  assert.equal(merchant.tokens.given, 1);
  at.ms += 2_000;
  assert.equal((await ask('INV-7')).outcome, 'found');
  assert.equal(merchant.tokens.given, 2);
});

test('an account that the merchant does not have is unknown, in its words; what cannot be read is no answer', async () => {
  const says: Record<string, { status: number; body: object }> = {
    none: { status: 422, body: { errorMessage: 'No\u0000 such\n\u001b[31m account\u202e' } },
    wrong: { status: 400, body: {} },
    broken: { status: 500, body: { accountName: 'NOBODY' } },
    nameless: { status: 200, body: { accountName: ' \u0007 ' } },
    other: { status: 200, body: { accountName: 'BRIAN', accountNumber: 'INV-8' } },
    long: { status: 200, body: { accountName: 'é'.repeat(500) } },
  };
  const merchant = await namingMerchant(({ accountNumber }) => says[accountNumber]);
  const { ask } = await asksNames(merchant.url);
  assert.deepEqual(await ask('none'), { outcome: 'unknown', reason: 'No such [31m account' });
  assert.deepEqual(await ask('wrong'), { outcome: 'unknown', reason: null });
  assert.deepEqual(await ask('broken'), { outcome: 'not_answered', reason: 'HTTP 500' });
  for (const account of ['nameless', 'other'])
    assert.equal((await ask(account)).outcome, 'not_answered', account);
  assert.deepEqual(await ask('long'), { outcome: 'found', name: 'é'.repeat(80) });
});

test('a token that the merchant takes no more is replaced once; a second 401 is no answer', async () => {
  const merchant = await namingMerchant((question) => named(question, 'AMINA WANJIKU'));
  const { ask } = await asksNames(merchant.url);
  await ask('INV-7');
  merchant.revoke();
  assert.equal((await ask('INV-7')).outcome, 'found');
  assert.deepEqual([merchant.tokens.given, merchant.asked.length], [2, 3]);
  merchant.revoke();
  merchant.tokens.areGood = false;
  assert.deepEqual(await ask('INV-7'), { outcome: 'not_answered', reason: 'HTTP 401' });
  assert.deepEqual([merchant.tokens.given, merchant.asked.length], [3, 5]);
});

test('R1: a merchant that hangs costs the deadline alone, and is asked eight questions at once', async () => {
  const merchant = await namingMerchant(() => undefined);
  const { at, ask } = await asksNames(merchant.url);
  at.timeoutMs = 1_500;
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 9 }, () => ask('INV-7')));
  assert.ok(performance.now() - startedAt < 8_000);
  assert.ok(answers.every(({ outcome }) => outcome === 'not_answered'));
  const reasons = answers.map((answer) => ('reason' in answer ? answer.reason : ''));
  assert.deepEqual(
    reasons.filter((reason) => !/^(no token: )?deadline passed while/.test(reason ?? '')),
    ['8 questions wait for 127.0.0.1'],
  );
});

test('a private address is not asked where the rules say so, and a secret is not there for who reads the table', async () => {
  const merchant = await namingMerchant((question) => named(question, 'AMINA WANJIKU'));
  const { at, ask } = await asksNames(merchant.url);
  at.delivery = { ...at.delivery, allowPrivateTargets: false, allowedPorts: [merchant.port] };
  const refused = { outcome: 'not_answered', reason: 'no token: its address 127.0.0.1 is not public' };
  assert.deepEqual(await ask('INV-7'), refused);
  assert.equal(merchant.tokens.given, 0);
  const { rows } = await database.query('select sealed_secret from mpesa.account_names');
  assert.ok(rows.every((row) => !row.sealed_secret.toString('latin1').includes(SECRET)));
  at.seal = () => sealOfLookUps('another credential key than it');
  assert.match(JSON.stringify(await ask('INV-7')), /sealed under another IMARA_CREDENTIAL_KEY/);
});
