import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultAt, untilCrash } from '../../../../test/mpesa/crash.ts';
import { errorOf } from '../../../../test/mpesa/mpesa-api.ts';
import { payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { settleAll } from '../../../../test/mpesa/requests.ts';

import { defaultHandsetSettings } from '../../../handset/behaviour.ts';
import type { Behaviour } from '../../../handset/behaviour-names.ts';
import { createPhones } from '../../../handset/phones.ts';
import { createSimulatedGateway } from '../../../handset/simulated.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { settledProducts } from '../../catalogue.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import type { AskingProduct, PayingProduct } from '../../requests/settlement/product.ts';
import { findTransaction } from '../../transactions/find.ts';
import { b2bExpressProduct } from './product.ts';
import { expressSample } from './sample.ts';

const fixture = await payoutsFixture();
const { api, database, clock, mpesa, give, holds, soon, worker } = fixture;
const { paths } = b2bExpressProduct.operations.push;
const sample = expressSample;
const [VENDOR, STORE, TILL] = ['600979', '7000200', '5000200'];
const OPERATOR = { nominatedNumber: '254722000777', id: '1001' };
const { nominatedNumber: PHONE, id: operatorId } = OPERATOR;
const phones = createPhones({ database, settings: () => defaultHandsetSettings, clock });
const express = settledProducts.find(({ name }) => name === 'b2b-express') as AskingProduct<typeof mpesa> &
  PayingProduct<typeof mpesa>;
const steps = worker({ products: [express] });

await seedOrganisation(database, { shortCode: VENDOR, name: 'Vendor Ltd', kind: 'paybill' });
await seedOrganisation(database, { shortCode: STORE, name: 'Shop (store)', kind: 'till' });
const till = { shortCode: TILL, name: 'Shop', kind: 'till', headOffice: STORE } as const;
await seedOrganisation(database, { ...till, operator: OPERATOR });
await give('utility', 10_000, STORE);

let last = 0;
/** Asks for it, as a vendor does; what names it. */
async function push(changes: object = {}): Promise<string> {
  const RequestRefID = `ref-${++last}`;
  const body = { ...sample, primaryShortCode: TILL, receiverShortCode: VENDOR, RequestRefID, ...changes };
  const answered = await api.post(paths[0], body);
  assert.deepEqual(
    [answered.status, answered.body],
    [200, { code: '0', status: 'USSD Initiated Successfully' }],
  );
  return RequestRefID;
}

async function requestOf(ref: string) {
  const { rows } = await database.query(`select * from mpesa.request where details ->> 'requestRef' = $1`, [
    ref,
  ]);
  return rows[0] ?? assert.fail(`${ref} was not taken`);
}

/** The callback and its address; there is one, whatever happened. */
async function toldOf(ref: string): Promise<{ url: string; body: Record<string, unknown> }> {
  const { id } = await requestOf(ref);
  const { rows } = await database.query('select url, body from delivery.callback where id = $1', [id]);
  assert.equal(rows.length, 1, 'one request, one callback');
  return { url: rows[0].url, body: JSON.parse(rows[0].body) };
}

/** Until nothing is left to do, and whatever phone answers by itself has answered. */
async function settle(ms = 0): Promise<void> {
  await settleAll(steps);
  clock.ms += ms;
  await settleAll(steps);
}

const moneyOf = async () => [await holds('utility', STORE), await holds('utility', VENDOR)];

test('the phone of the till asks; with operator id and PIN its store pays, and the callback is flat', async () => {
  await phones.set(PHONE, { behaviour: 'waits' });
  const [store = 0n, vendor = 0n] = await moneyOf();
  const ref = await push();
  await settle();
  const { prompt } = await phones.show(PHONE);
  assert.deepEqual(
    [prompt?.text, prompt?.asksOperator],
    [
      'Do you want to pay Ksh71.00 to Vendor account MAndbubry3hi from Shop? Enter Operator ID and M-PESA PIN:',
      true,
    ],
  );
  assert.deepEqual(await moneyOf(), [store, vendor], 'nobody has said yes');
  assert.deepEqual(await phones.answer(PHONE, { pin: '1234' }), { ok: false, reason: 'operator' });
  clock.ms += 4_000;
  assert.deepEqual(await phones.answer(PHONE, { pin: '1234', operatorId }), {
    ok: true,
    outcome: 'accepted',
  });
  await settle();
  const { url, body } = await toldOf(ref);
  const { conversation_id, receipt, state, prompted_at, answered_at } = await requestOf(ref);
  assert.equal(url, sample.callbackUrl);
  assert.match(receipt, /^UKN[0-9A-Z]{7}$/);
  assert.deepEqual(body, {
    resultCode: '0',
    resultDesc: 'The service request is processed successfully.',
    amount: '71.0',
    requestId: ref,
    resultType: '0',
    conversationID: conversation_id,
    transactionId: receipt,
    status: 'SUCCESS',
  });
  assert.equal(state, 'resolved');
  assert.equal(answered_at.getTime() - prompted_at.getTime(), 4_000);
  assert.deepEqual(await moneyOf(), [store - 7_100n, vendor + 7_100n]);
  const { debit, credit, reference, reasonType, product } =
    (await findTransaction(database, { receipt })) ?? assert.fail('no row of the receipt');
  assert.deepEqual(
    [product, debit.party, credit.party, reference, reasonType],
    ['b2b-express', TILL, VENDOR, 'MAndbubry3hi', 'B2B Express Checkout'],
  );
  assert.equal(
    (await phones.inbox(PHONE))[0]?.text,
    `${receipt} Confirmed. Ksh71.00 sent to Vendor Ltd for account MAndbubry3hi from till 5000200 on 23/11/26 at 12:00 PM`,
  );
  assert.equal((await phones.show(PHONE)).prompt, undefined, 'the screen is free again');
});

test('what is no yes moves nothing and is told flat: 4001, 4201, 4203, 2001, 8006', async () => {
  const before = await moneyOf();
  const cases: [Behaviour, string, string][] = [
    ['cancels', '4001', 'User cancelled transaction'],
    ['unreachable', '4201', 'USSD Network Error'],
    ['expires', '4201', 'USSD Network Error'],
    ['silent', '4201', 'USSD Network Error'],
    ['waits', '4201', 'USSD Network Error'],
    ['push-fails', '4203', 'USSD Exception Error'],
    ['wrong-pin', '2001', 'The initiator information is invalid.'],
    ['pin-locked', '8006', 'The security credential is locked.'],
  ];
  for (const [behaviour, resultCode, resultDesc] of cases) {
    await phones.set(PHONE, { behaviour });
    const ref = await push();
    await settle(60_000);
    assert.deepEqual(
      (await toldOf(ref)).body,
      { resultCode, resultDesc, amount: '71.0', requestId: ref, paymentReference: 'MAndbubry3hi' },
      behaviour,
    );
  }
  await phones.set(PHONE, { behaviour: 'waits' });
  const long = await push({ paymentRef: 'x'.repeat(100), partnerName: 'y'.repeat(60) });
  await settle();
  assert.equal((await toldOf(long)).body.resultCode, '4203', 'more than a screen holds');
  assert.deepEqual(await moneyOf(), before);
});

test('a wrong operator id is as a wrong PIN, and three in a row lock the phone', async () => {
  await phones.set(PHONE, { behaviour: 'waits', unlock: true });
  const outcomes: unknown[] = [];
  for (const answer of [
    { pin: '1234', operatorId: '1002' },
    { pin: '4321', operatorId },
    { pin: '1234', operatorId: '' },
  ]) {
    const ref = await push();
    await settle();
    const answered = await phones.answer(PHONE, answer);
    outcomes.push(answered.ok && answered.outcome);
    await settle();
    outcomes.push((await toldOf(ref)).body.resultCode);
  }
  assert.deepEqual(outcomes, ['wrong_pin', '2001', 'wrong_pin', '2001', 'pin_locked', '8006']);
  await phones.set(PHONE, { unlock: true });
});

test('who cannot be asked, or may not pay, is told without a prompt: 4104, 4102, SFC_IC0003, 2028, 2, 3', async () => {
  const before = await moneyOf();
  const [silent, without, unable] = ['5000201', '5000202', '5000203'];
  await seedOrganisation(database, { ...till, shortCode: silent });
  await seedOrganisation(database, {
    ...till,
    shortCode: without,
    operator: { nominatedNumber: '254700000011', id: '1' },
  });
  await seedOrganisation(database, { ...till, shortCode: unable, operator: OPERATOR, products: ['c2b'] });
  mpesa.b2b.minAmountShillings = 5;
  mpesa.b2b.maxAmountShillings = 100_000;
  const cases: [object, string, string][] = [
    [{ primaryShortCode: silent }, '4104', 'Missing Nominated Number'],
    [{ primaryShortCode: without }, '4102', 'Merchant KYC Fail'],
    [{ primaryShortCode: '999999' }, 'SFC_IC0003', 'The operator does not exist.'],
    [{ receiverShortCode: '999999' }, 'SFC_IC0003', 'Receiver party is invalid'],
    [{ receiverShortCode: silent }, 'SFC_IC0003', 'Receiver party is invalid'],
    [{ primaryShortCode: VENDOR }, '2028', 'The request is not permitted according to product assignment.'],
    [{ primaryShortCode: unable }, '2028', 'The request is not permitted according to product assignment.'],
    [{ amount: 4 }, '2', 'Declined due to limit rule: less than the minimum transaction amount.'],
    [{ amount: 100_001 }, '3', 'Declined due to limit rule: greater than the maximum transaction amount.'],
  ];
  for (const [changes, resultCode, resultDesc] of cases) {
    const ref = await push(changes);
    await settle();
    const { body } = await toldOf(ref);
    assert.deepEqual([body.resultCode, body.resultDesc], [resultCode, resultDesc], JSON.stringify(changes));
  }
  assert.equal((await phones.show(PHONE)).prompt, undefined);
  assert.deepEqual(await moneyOf(), before);
  mpesa.b2b.minAmountShillings = 1;
});

test('the books refuse after the yes: 1 without money, 8 at a bound, 11 of a frozen account', async () => {
  await phones.set(PHONE, { behaviour: 'pays' });
  const ended = async (changes: object) => {
    const ref = await push(changes);
    await settle(1_000);
    return (await toldOf(ref)).body;
  };
  const { resultCode, resultDesc, transactionId } = await ended({ amount: 20_000 });
  assert.deepEqual(
    [resultCode, resultDesc, transactionId],
    ['1', 'The balance is insufficient for the transaction.', undefined],
  );
  fixture.accountSettings.organisationMaxBalanceShillings = 100;
  await seedOrganisation(database, { shortCode: '600970', name: 'Small', kind: 'paybill' });
  assert.equal((await ended({ receiverShortCode: '600970', amount: 101 })).resultCode, '8');
  const state = (to: string) =>
    database.query('update ledger.account set state = $2, terms = terms + 1 where id = $1', [
      accounts.organisation(STORE, 'utility'),
      to,
    ]);
  await state('frozen');
  assert.equal((await ended({})).resultCode, '11');
  await state('open');
});

test('a charge goes to Charges Paid of the store', async () => {
  mpesa.b2b.tariffs = [{ from: '2026-01-01', bands: [{ upToShillings: 250_000, feeCents: 11_50 }] }];
  const ref = await push();
  await settle(1_000);
  assert.equal((await toldOf(ref)).body.status, 'SUCCESS');
  assert.equal(await holds('charges', STORE), -1_150n);
  mpesa.b2b.tariffs = [];
});

test('fields are named in the family; the spelling of the table is taken too; a repeat asks again', async () => {
  const { RequestRefID, ...rest } = sample;
  const cases: [object, string][] = [
    [{ ...sample, primaryShortCode: '1' }, 'primaryShortCode'],
    [{ ...sample, amount: '10.50' }, 'amount'],
    [{ ...sample, callbackUrl: 'shop' }, 'callbackUrl'],
    [rest, 'RequestRefID'],
  ];
  for (const [body, field] of cases)
    assert.deepEqual(errorOf(await api.post(paths[0], body)), [
      400,
      '400.002.02',
      `Bad Request - Invalid ${field}`,
    ]);
  const spelled = { ...rest, primaryShortCode: TILL, receiverShortCode: VENDOR, RequestRefId: 'twice' };
  for (const _ of [1, 2]) assert.equal((await api.post(paths[0], spelled)).status, 200);
  await settle(1_000);
  const { rows } = await database.query(
    `select result_code from mpesa.request where details ->> 'requestRef' = 'twice'`,
  );
  assert.deepEqual(rows, [{ result_code: 0 }, { result_code: 0 }]);
});

test('R1: what nobody dealt with in time, and what no phone answered, is told to callbackUrl', async () => {
  const ref = await push();
  clock.ms += 60_000;
  await steps.expire();
  const { url, body } = await toldOf(ref);
  assert.deepEqual([url, body.resultCode, body.requestId], [sample.callbackUrl, '26', ref]);
  const lost = await push();
  await steps.settle(express);
  // The gateway has forgotten it: no answer will come.
  await database.query('delete from handset.prompt where id = $1', [(await requestOf(lost)).id]);
  clock.ms += 59_999;
  assert.equal(await steps.collect(express), 0);
  clock.ms += 1;
  assert.equal(await steps.collect(express), 1);
  assert.equal((await toldOf(lost)).body.resultCode, '4201');
});

for (const when of ['before', 'after'] as const) {
  test(`R14: a worker that dies ${when} any of its calls asks once, pays once and tells it once`, async () => {
    await phones.set(PHONE, { behaviour: 'pays' });
    for (let n = 1; ; n += 1) {
      const [store = 0n, vendor = 0n] = await moneyOf();
      const ref = await push({ amount: 1 });
      const fault = faultAt(n, when);
      const failing = fault.counted(database);
      const dying = worker({
        products: [express],
        database: failing,
        gatewayOf: (asker) =>
          createSimulatedGateway({ database: failing, settings: () => defaultHandsetSettings, clock, asker }),
      });
      await untilCrash([
        () => dying.settle(express),
        async () => {
          clock.ms += 1_000;
          await dying.collect(express);
        },
        () => dying.pay(express),
      ]);
      clock.ms += 30_000;
      await settle(1_000);
      assert.equal((await toldOf(ref)).body.resultCode, '0', `at ${n}`);
      assert.deepEqual(await moneyOf(), [store - 100n, vendor + 100n], `at ${n}`);
      if (!fault.met()) break;
    }
    const { rows } = await database.query('select count(*)::int as n from handset.prompt');
    assert.equal(rows[0].n, 0, 'no screen is left');
  });
}

test('R14: whatever was moved and refused, the books prove', async () => {
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
