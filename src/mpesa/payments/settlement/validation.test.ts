import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BILL,
  paymentsFixture,
  STORE,
  settleAll,
  TILL_OF_STORE,
  validatingMerchant,
} from '../../../../test/mpesa/payments.ts';
import { until } from '../../../../test/until.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { runPayments } from './run.ts';

const fixture = await paymentsFixture();
const { clock, phones, validation } = fixture;
const { worker, accept, register, row, confirmation, balanceCents } = fixture;

let last = 254_720_000_000;
const newNumber = () => String(++last);
const utility = (shortCode = BILL) => balanceCents(accounts.organisation(shortCode, 'utility'));
const newest = async (msisdn: string) => (await phones.inbox(msisdn))[0]?.text;

test('a merchant that validates is asked before the money moves, and its own id comes back', async () => {
  const merchant = await validatingMerchant(
    () => '{"ResultCode":0,"ResultDesc":"Accepted","ThirdPartyTransID":"our-1"}',
  );
  await register({ validationUrl: merchant.url, validates: true });
  const id = await accept(newNumber(), 10);
  await settleAll(worker());
  const { receipt, result_code } = await row(id);
  assert.equal(result_code, 0);
  const [asked] = merchant.asked;
  assert.deepEqual([asked?.TransID, asked?.OrgAccountBalance, asked?.ThirdPartyTransID], [receipt, '', '']);
  const body = (await confirmation(id))?.body;
  assert.deepEqual([body?.TransID, body?.ThirdPartyTransID], [receipt, 'our-1']);
  assert.equal(merchant.asked.length, 1);
});

test('without external validation a registered merchant is not asked', async () => {
  const merchant = await validatingMerchant(() => '{"ResultCode":"C2B00016"}');
  await register({ validationUrl: merchant.url });
  const id = await accept(newNumber(), 10);
  await settleAll(worker());
  assert.equal((await row(id)).result_code, 0);
  assert.equal(merchant.asked.length, 0);
});

test('a rejection ends the payment, its code chooses the words for the payer, and there is no confirmation', async () => {
  const before = await utility();
  const texts: [answer: string, code: string, text: RegExp][] = [
    ['"C2B00011"', 'C2B00011', /from your number/],
    ['"C2B00012"', 'C2B00012', /wrong account number/],
    ['"C2B00013"', 'C2B00013', /wrong amount/],
    ['"C2B00014"', 'C2B00014', /confirm who you are/],
    ['"C2B00015"', 'C2B00015', /wrong business number/],
    ['"C2B00016"', 'C2B00016', /did not accept/],
    ['1', 'C2B00016', /did not accept/],
    ['"00"', 'C2B00016', /did not accept/],
    ['"Accepted"', 'C2B00016', /did not accept/],
  ];
  for (const [answer, code, text] of texts) {
    const merchant = await validatingMerchant(() => `{"ResultCode":${answer},"ResultDesc":"Rejected"}`);
    await register({ validationUrl: merchant.url, validates: true });
    const payer = newNumber();
    const id = await accept(payer, 10);
    await settleAll(worker());
    assert.equal((await row(id)).result_code, code, answer);
    assert.match((await newest(payer)) ?? '', text, answer);
    assert.equal(await confirmation(id), undefined);
  }
  assert.equal(await utility(), before);
});

test('what cannot be read is no answer: ResponseType decides', async () => {
  const unreadable = [
    '',
    'Accepted',
    '[]',
    '{}',
    '{"ResultCode":null}',
    '{"ResultCode":{"a":1}}',
    '500',
    '{"ResultCode":"0"',
  ];
  for (const answer of unreadable) {
    const merchant = await validatingMerchant(() => answer);
    for (const [responseType, code] of [
      ['Completed', 0],
      ['Cancelled', 'C2B00099'],
    ] as const) {
      await register({ validationUrl: merchant.url, validates: true, responseType });
      const id = await accept(newNumber(), 10);
      await settleAll(worker());
      assert.equal((await row(id)).result_code, code, `${answer} ${responseType}`);
    }
    assert.equal(merchant.asked.length, 2);
  }
});

test('R1: a merchant that hangs is waited for as long as it has, then ResponseType decides', async () => {
  validation.timeoutMs = 300;
  const merchant = await validatingMerchant(() => undefined);
  for (const [responseType, code] of [
    ['Completed', 0],
    ['Cancelled', 'C2B00099'],
  ] as const) {
    await register({ validationUrl: merchant.url, validates: true, responseType });
    const payer = newNumber();
    const id = await accept(payer, 10);
    await settleAll(worker());
    assert.equal((await row(id)).result_code, code);
    assert.equal((await confirmation(id)) === undefined, responseType === 'Cancelled');
  }
  validation.timeoutMs = 8_000;
});

test('R1: a merchant has its eight seconds whole, and not a moment more, though nobody came to ask it', async () => {
  const merchant = await validatingMerchant(() => undefined);
  await register({ validationUrl: merchant.url, validates: true });
  const id = await accept(newNumber(), 10);
  const steps = worker();
  await steps.route();
  clock.ms += 7_999;
  assert.equal(await steps.decide(), 0);
  clock.ms += 1;
  assert.equal(await steps.decide(), 1);
  assert.equal((await row(id)).state, 'paying');
  await settleAll(steps);
  assert.deepEqual([(await row(id)).result_code, merchant.asked.length], [0, 0]);
});

test('a ValidationURL may lead nowhere that a callback may not: nobody is asked there', async () => {
  const merchant = await validatingMerchant(() => '{"ResultCode":"C2B00016"}');
  await register({ validationUrl: merchant.url, validates: true });
  validation.rules = { ...validation.rules, allowPrivateTargets: false };
  const id = await accept(newNumber(), 10);
  await settleAll(worker());
  validation.rules = { ...validation.rules, allowPrivateTargets: true };
  assert.equal((await row(id)).result_code, 0);
  assert.equal(merchant.asked.length, 0);
});

test('R12: however many payments wait for a merchant that hangs, those of another are validated meanwhile', async () => {
  validation.timeoutMs = 2_000;
  const hanging = await validatingMerchant(() => undefined, '127.0.0.2');
  const quick = await validatingMerchant(() => '{"ResultCode":"0"}');
  await register({ validationUrl: hanging.url, validates: true });
  await register({ shortCode: STORE, validationUrl: quick.url, validates: true });
  const waiting: string[] = [];
  for (let n = 0; n < 150; n += 1) waiting.push(await accept(newNumber(), 10));
  const others: string[] = [];
  for (let n = 0; n < 20; n += 1)
    others.push(await accept(newNumber(), 10, { kind: 'buy_goods', payee: TILL_OF_STORE }));
  const stop = new AbortController();
  const running = runPayments({ ...fixture.options(), signal: stop.signal });
  const codes = (ids: string[]) => Promise.all(ids.map(async (id) => (await row(id)).result_code));
  await until('the others are paid', async () => (await codes(others)).every((code) => code === 0));
  assert.ok(
    (await codes(waiting)).every((code) => code === null),
    'and nothing was decided for the hanging one',
  );
  assert.equal(hanging.asked.length, 1, 'which is not asked more often than it answers');
  clock.ms += 2_000;
  await until(
    'ResponseType decided the others',
    async () => (await codes(waiting)).filter((code) => code === null).length <= 1,
  );
  clock.ms += 2_000;
  await until('all are decided', async () => (await codes(waiting)).every((code) => code === 0));
  stop.abort();
  await running;
  validation.timeoutMs = 8_000;
});

test('an id of the merchant comes back up to a hundred characters; one that is longer is blank', async () => {
  for (const length of [100, 101]) {
    const own = 'x'.repeat(length);
    const merchant = await validatingMerchant(() =>
      JSON.stringify({ ResultCode: 0, ThirdPartyTransID: own }),
    );
    await register({ validationUrl: merchant.url, validates: true });
    const id = await accept(newNumber(), 10);
    await settleAll(worker());
    assert.equal((await confirmation(id))?.body.ThirdPartyTransID, length === 100 ? own : '');
  }
});

test('what a merchant says in its last moment counts: nobody decides until it had time to be written', async () => {
  const merchant = await validatingMerchant(() => undefined);
  await register({ validationUrl: merchant.url, validates: true });
  const id = await accept(newNumber(), 10);
  const steps = worker();
  await steps.route();
  assert.equal(await steps.validate(), 1);
  clock.ms += 8_000 + 1_999;
  assert.equal(await worker().decide(), 0);
  clock.ms += 1;
  assert.equal(await worker().decide(), 1);
  assert.equal((await row(id)).state, 'paying');
});
