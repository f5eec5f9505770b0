import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultAt, untilCrash } from '../../../../test/mpesa/crash.ts';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { settleAll } from '../../../../test/mpesa/requests.ts';
import { defaultHandsetSettings } from '../../../handset/behaviour.ts';
import type { Behaviour } from '../../../handset/behaviour-names.ts';
import { createPhones } from '../../../handset/phones.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { settledProducts } from '../../catalogue.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import type { AskingProduct, PayingProduct } from '../../requests/settlement/product.ts';
import { findTransaction } from '../../transactions/find.ts';
import { register } from '../c2b/registrations.ts';
import { bongaProduct } from './product.ts';
import { redeemSample } from './redeem.ts';

const fixture = await payoutsFixture();
const { api, database, clock, mpesa, has, holds, soon, worker } = fixture;
const [PATH] = bongaProduct.operations.redeem.paths;
const BILL = '600979';
const phones = createPhones({ database, settings: () => defaultHandsetSettings, clock });
const bonga = settledProducts.find(({ name }) => name === 'bonga') as AskingProduct<typeof mpesa> &
  PayingProduct<typeof mpesa>;
const steps = worker({ products: [bonga] });
await seedOrganisation(database, { shortCode: BILL, name: 'Shop', kind: 'paybill' });
await register(
  database,
  {
    shortCode: BILL,
    version: 2,
    responseType: 'Completed',
    confirmationUrl: 'https://shop.test/confirmation',
    validationUrl: 'https://shop.test/validation',
    appId: 'app',
  },
  { overwrites: true, now: new Date(clock.ms) },
);
mpesa.bonga.openingPoints = 100;

let last = 254_722_300_000;
const newNumber = () => String(++last);
let asked = 0;

async function redeem(changes: object = {}): Promise<string> {
  const accountNumber = `BILL-${++asked}`;
  const { status, body } = await api.post(PATH, {
    ...redeemSample,
    shortCode: BILL,
    accountNumber,
    ...changes,
  });
  const { requestRefId, timestamp, ...header } = body.header as Record<string, unknown>;
  assert.ok(requestRefId && timestamp);
  const said = {
    responseCode: 200,
    responseMessage: 'Success',
    customerMessage: 'Request executed successfully.',
  };
  assert.deepEqual([status, header, body.body], [200, said, null]);
  const { rows } = await database.query(
    `select id from mpesa.request where details ->> 'AccountReference' = $1`,
    [(changes as { accountNumber?: string }).accountNumber ?? accountNumber],
  );
  return rows[0].id;
}

/** Until nothing is left to do, and whatever phone answers by itself has answered. */
async function settle(ms = 0): Promise<void> {
  await settleAll(steps);
  clock.ms += ms;
  await settleAll(steps);
}

const row = (id: string) => fixture.row(id);
const points = (msisdn: string) => has(accounts.bonga(msisdn));
async function confirmations(id: string) {
  const { rows } = await database.query('select url, body from delivery.callback where id = $1', [id]);
  return rows.map(({ url, body }) => ({ url, body: JSON.parse(body) }));
}

test('points pay a bill: the phone asks, points and money move together, and C2B confirms it', async () => {
  const msisdn = newNumber();
  await phones.set(msisdn, { behaviour: 'waits' });
  const id = await redeem({ msisdn, accountNumber: 'INV-1' });
  await settle();
  assert.equal(
    (await phones.show(msisdn)).prompt?.text,
    'Do you want to pay Ksh8.00 to Shop account INV-1 with 40 Bonga points? Enter M-PESA PIN:',
  );
  assert.deepEqual([await holds('utility', BILL), await points(msisdn)], [0n, 0n], 'nobody has said yes');
  assert.equal((await phones.answer(msisdn, { pin: '1234' })).ok, true);
  await settle();
  assert.deepEqual([await holds('utility', BILL), await points(msisdn)], [800n, 60n]);
  const { receipt, result_code } = await row(id);
  assert.equal(result_code, 0);
  assert.deepEqual(await confirmations(id), [
    {
      url: 'https://shop.test/confirmation',
      body: {
        TransactionType: 'Pay Bill',
        TransID: receipt,
        TransTime: '20261123120000',
        TransAmount: '8.00',
        BusinessShortCode: BILL,
        BillRefNumber: 'INV-1',
        InvoiceNumber: '',
        OrgAccountBalance: '8.00',
        ThirdPartyTransID: '',
        MSISDN: `2547 ***** ${msisdn.slice(-3)}`,
        FirstName: (await phones.show(msisdn)).name.split(' ')[0],
        MiddleName: '',
        LastName: '',
      },
    },
  ]);
  const { debit, credit, amountCents, reasonType } =
    (await findTransaction(database, { receipt })) ?? assert.fail('no row of the receipt');
  assert.deepEqual(
    [debit.party, credit.party, amountCents, reasonType],
    [msisdn, BILL, 800n, 'Lipa na Bonga'],
  );
  assert.equal(
    (await phones.inbox(msisdn))[0]?.text,
    `${receipt} Confirmed. You have paid Ksh8.00 to Shop for account INV-1 by Bonga points on 23/11/26 at 12:00 PM New Bonga balance is 60 points.`,
  );
});

test('what is refused takes no point, moves no money and confirms nothing, and its result says why', async () => {
  const before = await holds('utility', BILL);
  await seedOrganisation(database, {
    shortCode: '600980',
    name: 'No C2B',
    kind: 'paybill',
    products: ['stk'],
  });
  await seedOrganisation(database, { shortCode: '7000200', name: 'Store', kind: 'till' });
  const cases: [Behaviour, object, number | string][] = [
    ['cancels', {}, 1032],
    ['wrong-pin', {}, 2001],
    ['pin-locked', {}, 8006],
    ['unreachable', {}, 1037],
    ['expires', {}, 1037],
    ['silent', {}, 1031],
    ['waits', {}, 1031],
    ['push-fails', {}, 1025],
    ['pays', { amount: 21, bongaPoints: 105 }, 6001],
    ['pays', { shortCode: '999999' }, 'SFC_IC0003'],
    ['pays', { shortCode: '7000200' }, 'SFC_IC0003'],
    ['pays', { shortCode: '600980' }, 2028],
    ['pays', { msisdn: '254700000011' }, 11],
  ];
  for (const [behaviour, changes, code] of cases) {
    const msisdn = newNumber();
    await phones.set(msisdn, { behaviour });
    const id = await redeem({ msisdn, ...changes });
    await settle(60_000);
    assert.equal((await row(id)).result_code, code, JSON.stringify([behaviour, changes]));
    assert.deepEqual(await confirmations(id), []);
    assert.ok([0n, 100n].includes(await points(msisdn)));
  }
  const late = await redeem({ msisdn: newNumber() });
  clock.ms += 60_000;
  assert.equal(await steps.expire(), 1);
  assert.deepEqual([(await row(late)).state, await confirmations(late)], ['expired', []]);
  fixture.accountSettings.organisationMaxBalanceShillings = 5;
  await seedOrganisation(database, { shortCode: '600970', name: 'Small', kind: 'paybill' });
  const msisdn = newNumber();
  const full = await redeem({ msisdn, shortCode: '600970' });
  await settle(1_000);
  assert.deepEqual([(await row(full)).result_code, await points(msisdn)], [17, 100n]);
  assert.equal(await holds('utility', BILL), before);
});

test('rate and amount must be what the points are worth, and fields are named', async () => {
  const cases: [object, string][] = [
    [{ msisdn: '0722000000' }, 'msisdn'],
    [{ amount: '9' }, 'amount'],
    [{ bongaPoints: 41 }, 'amount'],
    [{ conversionRate: 0.25 }, 'conversionRate'],
    [{ bongaPoints: -1 }, 'bongaPoints'],
    [{ accountNumber: '' }, 'accountNumber'],
  ];
  for (const [changes, field] of cases)
    assert.deepEqual(errorFields(await api.post(PATH, { ...redeemSample, ...changes })), [
      400,
      6006,
      `Bad Request - Invalid ${field}`,
    ]);
});

test('R14: a worker that dies before any of its calls takes the points once', async () => {
  for (let n = 1; ; n += 1) {
    const msisdn = newNumber();
    const before = await holds('utility', BILL);
    const id = await redeem({ msisdn });
    const fault = faultAt(n, 'before');
    const dying = worker({ products: [bonga], database: fault.counted(database) });
    await untilCrash([
      () => dying.settle(bonga),
      async () => {
        clock.ms += 1_000;
        await dying.collect(bonga);
      },
      () => dying.pay(bonga),
    ]);
    clock.ms += 30_000;
    await settle(1_000);
    assert.deepEqual(
      [(await row(id)).result_code, await points(msisdn), (await holds('utility', BILL)) - before],
      [0, 60n, 800n],
      `at ${n}`,
    );
    assert.equal((await confirmations(id)).length, 1);
    if (!fault.met()) break;
  }
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
