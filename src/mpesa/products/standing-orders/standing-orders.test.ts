import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { BILL, paymentsFixture, settleAll, TILL_OF_STORE } from '../../../../test/mpesa/payments.ts';
import { createSimulatedGateway } from '../../../handset/simulated.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { timeOfId } from '../../../platform/retention/id-time.ts';
import { createReceipts } from '../../identifiers/receipt-numbers.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { standingOrdersProduct } from './product.ts';
import { createStandingOrders } from './settle.ts';

const fixture = await paymentsFixture();
const { database, clock, phones, settings } = fixture;
const api = await startMpesaApi({ database, clock });
const { paths, sample } = standingOrdersProduct.operations.create;

/** A worker of its own: nothing is shared with another but the database. */
const worker = () =>
  createStandingOrders({
    database,
    receipts: createReceipts(database, { blockSize: 10 }),
    gateway: createSimulatedGateway({
      database,
      settings: () => settings.handset,
      clock,
      asker: 'standing-orders',
    }),
    settings: () => api.settings.standingOrders,
    clock,
  });
const orders = worker();

let last = 254_733_000_000;
const newNumber = () => String(++last);
const on = (day: string, hour = '12:00') => Date.parse(`${day}T${hour}:00+03:00`);

const create = (changes: object = {}) =>
  api.post(paths[0], {
    ...sample,
    BusinessShortCode: BILL,
    StartDate: '20261123',
    EndDate: '20271123',
    ...changes,
  });

async function created(changes: object = {}): Promise<string> {
  const { status, body } = await create(changes);
  assert.equal(status, 200, JSON.stringify(body));
  return (body.ResponseHeader as { responseRefID: string }).responseRefID;
}

/** Until nothing is left to do now: the phones have a minute to answer. */
async function settle(): Promise<void> {
  await orders.ask();
  clock.ms += 2_000;
  while ((await orders.collect()) + (await orders.expire()) + (await orders.due()) > 0);
  await settleAll(fixture.worker());
}

async function callbackOf(ref: string) {
  const { rows } = await database.query(
    `select callback.body from delivery.callback callback join mpesa.standing_order standing using (id)
     where standing.request_ref = $1`,
    [ref],
  );
  assert.equal(rows.length, 1, 'one order, one callback');
  return JSON.parse(rows[0].body);
}

async function endOf(ref: string): Promise<[string, string]> {
  const { responseHeader, responseBody } = await callbackOf(ref);
  const data = Object.fromEntries(
    responseBody.responseData.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  assert.equal(data.responseCode, responseHeader.responseCode);
  assert.equal(data.Status, data.responseCode === '0' ? 'OKAY' : 'ERROR');
  return [responseHeader.responseCode, responseHeader.responseDescription];
}

/** When a customer paid by an order, and what became of it. */
async function paidBy(msisdn: string): Promise<string[]> {
  const { rows } = await database.query<{ text: string }>(
    `select to_char(accepted_at at time zone 'Africa/Nairobi', 'YYYY-MM-DD') || ' ' || coalesce(result_code::text, '-')
       as text from mpesa.payment where msisdn = $1 and source = 'standing-order' order by accepted_at, id`,
    [msisdn],
  );
  return rows.map(({ text }) => text);
}

test('it is acknowledged, the phone asks, and the callback tells that it stands', async () => {
  const msisdn = newNumber();
  const { status, body } = await create({ PartyA: msisdn, Frequency: 4, StartDate: '20261201' });
  const { responseRefID, ...header } = body.ResponseHeader as Record<string, string>;
  assert.deepEqual(
    [status, header, body.ResponseBody],
    [
      200,
      {
        responseCode: '200',
        responseDescription: 'Request accepted for processing',
        ResultDesc: 'The service request is processed successfully.',
      },
      { responseDescription: 'Request accepted for processing', responseCode: '200' },
    ],
  );
  await orders.ask();
  assert.equal(
    (await phones.show(msisdn)).prompt?.text,
    'Do you want to pay Ksh4,500.00 monthly to Duka account Test from 2026-12-01 to 2027-11-23? Enter M-PESA PIN:',
  );
  await settle();
  const { responseHeader, responseBody } = await callbackOf(responseRefID ?? '');
  assert.deepEqual(responseHeader, {
    responseRefID,
    requestRefID: responseRefID,
    responseCode: '0',
    responseDescription: 'The service request is processed successfully',
  });
  const [transaction, ...rest] = responseBody.responseData;
  assert.match(transaction.value, /^UKN[0-9A-Z]{7}$/);
  assert.deepEqual(
    [transaction.name, ...rest],
    [
      'TransactionID',
      { name: 'responseCode', value: '0' },
      { name: 'Status', value: 'OKAY' },
      { name: 'Msisdn', value: `254******${msisdn.slice(-3)}` },
    ],
  );
  assert.match((await phones.inbox(msisdn))[0]?.text ?? '', /Your standing order Test Standing Order pays/);
  assert.deepEqual(await paidBy(msisdn), [], 'it is not due yet');
});

test('it pays on each day that is due, once, by however many workers, though none was there for months', async () => {
  const msisdn = newNumber();
  clock.ms = on('2027-01-31');
  const dates = { StartDate: '20270131', EndDate: '20270630' };
  await created({ PartyA: msisdn, Frequency: '4', Amount: '100', ...dates });
  await settle();
  assert.deepEqual(await paidBy(msisdn), ['2027-01-31 0']);
  clock.ms = on('2027-02-28', '00:00') - 3_000;
  await settle();
  assert.equal((await paidBy(msisdn)).length, 1, 'a second before its day begins in East Africa');
  clock.ms = on('2027-02-28', '00:01');
  const workers = Array.from({ length: 4 }, worker);
  await Promise.all(workers.map(({ due }) => due()));
  await settle();
  assert.deepEqual((await paidBy(msisdn)).slice(1), ['2027-02-28 0']);
  clock.ms = on('2027-08-20');
  await Promise.all(workers.map(({ due }) => due()));
  await settle();
  assert.equal(
    (await paidBy(msisdn)).length,
    6,
    '31 January, 28 February, 31 March, 30 April, 31 May, 30 June',
  );
  const ended = await database.query('select state from mpesa.standing_order where msisdn = $1', [msisdn]);
  assert.deepEqual(ended.rows, [{ state: 'ended' }]);
  assert.equal(await fixture.balanceCents(BigInt(msisdn)), 5_000_000n - 60_000n);
  assert.deepEqual((await auditBooks(database, Deadline.in(10_000))).violations, []);
});

test('a payment costs the merchant what the tariff of its day says, out of Charges Paid, and the customer nothing', async (t) => {
  fixture.charges.standingOrders = [
    { from: '2026-01-01', bands: [{ upToShillings: 250_000, feeCents: 12_50 }] },
    { from: '2099-01-01', bands: [{ upToShillings: 250_000, feeCents: 99_00 }] },
  ];
  t.after(() => {
    fixture.charges.standingOrders = [];
  });
  const msisdn = newNumber();
  const charged = async () => (await fixture.balanceCents(accounts.organisation(BILL, 'charges'))) ?? 0n;
  const before = await charged();
  clock.ms = on('2027-09-01');
  await created({
    PartyA: msisdn,
    StartDate: '20270901',
    EndDate: '20270901',
    Frequency: '1',
    Amount: '100',
  });
  await settle();
  assert.deepEqual(await paidBy(msisdn), ['2027-09-01 0']);
  // Orders of the tests before are due too.
  const { rows } = await database.query<{ paid: bigint }>(
    `select count(*) as paid from mpesa.payment where source = 'standing-order' and accepted_at >= $1 and result_code = '0'`,
    [new Date(on('2027-09-01'))],
  );
  assert.equal(await charged(), before - 12_50n * (rows[0]?.paid ?? 0n));
  assert.equal(await fixture.balanceCents(BigInt(msisdn)), 5_000_000n - 10_000n);
  assert.deepEqual((await auditBooks(database, Deadline.in(10_000))).violations, []);
});

test('a payment arrives as that of any customer: receipt, confirmation and money of the till', async () => {
  const msisdn = newNumber();
  clock.ms = on('2027-09-01');
  await created({
    PartyA: msisdn,
    BusinessShortCode: TILL_OF_STORE,
    TransactionType: 'Standing Order Customer Pay Marchant',
    ReceiverPartyIdentifierType: 2,
    Frequency: 1,
    StartDate: '20270901',
    EndDate: '20270901',
  });
  await settle();
  const { rows } = await database.query('select * from mpesa.transaction where debit_party = $1', [msisdn]);
  const [{ product, credit_party, amount_cents }] = rows;
  assert.deepEqual([rows.length, product, credit_party, amount_cents], [1, 'c2b', TILL_OF_STORE, 450_000n]);
});

test('its payments have ids in the order of time, as what is removed by age must', async () => {
  const msisdn = newNumber();
  clock.ms = on('2027-09-10');
  await created({ PartyA: msisdn, StartDate: '20270910', EndDate: '20270912' });
  await settle();
  clock.ms = on('2027-09-13');
  await settle();
  const { rows } = await database.query<{ id: string }>(
    'select id from mpesa.payment where msisdn = $1 order by accepted_at, id',
    [msisdn],
  );
  assert.deepEqual(
    rows.map(({ id }) => timeOfId(id)),
    ['2027-09-10', '2027-09-11', '2027-09-12'].map((day) => on(day, '00:00')),
  );
});

test('a day without money is not paid, and the next one is', async () => {
  const msisdn = newNumber();
  clock.ms = on('2027-10-01');
  await created({ PartyA: msisdn, Amount: 40_000, StartDate: '20271001', EndDate: '20271002' });
  await settle();
  clock.ms = on('2027-10-02');
  await settle();
  assert.deepEqual(await paidBy(msisdn), ['2027-10-01 0', '2027-10-02 1']);
});

test('a name is taken as long as its order stands: 1050', async () => {
  const msisdn = newNumber();
  clock.ms = on('2027-11-01');
  const name = { PartyA: msisdn, StandingOrderName: 'Rent', StartDate: '20271101', EndDate: '20271102' };
  const first = await created(name);
  await settle();
  const second = await created(name);
  await settle();
  assert.deepEqual(await Promise.all([first, second].map(endOf)), [
    ['0', 'The service request is processed successfully'],
    ['1050', 'The customer already has a standing order with the same name.'],
  ]);
  clock.ms = on('2027-11-03');
  await settle();
  const third = await created({ ...name, EndDate: '20271201' });
  await settle();
  assert.equal((await endOf(third))[0], '0');
});

test('a customer who does not say yes has no order', async () => {
  clock.ms = on('2027-11-10');
  const dates = { StartDate: '20271110', EndDate: '20281110' };
  const table: [string, string][] = [
    ['254700000004', '1032'],
    ['254700000007', '1037'],
    ['254700000008', '1025'],
    ['254700000003', '2001'],
    ['254700000012', '8006'],
  ];
  for (const [PartyA, code] of table) {
    const ref = await created({ PartyA, ...dates });
    await settle();
    assert.equal((await endOf(ref))[0], code, PartyA);
    assert.deepEqual(await paidBy(PartyA), []);
  }
  const waits = await created({ PartyA: '254700000005', ...dates });
  await settle();
  const busy = await created({ PartyA: '254700000005', ...dates, StandingOrderName: 'Other' });
  await settle();
  assert.equal((await endOf(busy))[0], '1001', 'one prompt at a time');
  clock.ms += 60_000;
  await settle();
  assert.equal((await endOf(waits))[0], '1037');
  const long = await created({ PartyA: newNumber(), ...dates, AccountReference: 'x'.repeat(12), Amount: 1 });
  await database.query('update mpesa.organisation set name = $1 where short_code = $2', [
    'D'.repeat(120),
    BILL,
  ]);
  await settle();
  await database.query('update mpesa.organisation set name = $1 where short_code = $2', ['Duka', BILL]);
  assert.equal((await endOf(long))[0], '1025', 'a prompt that does not fit the screen');
});

test('fields are read in every spelling that pages and SDKs have; what is wrong is 1051', async () => {
  clock.ms = on('2027-12-01');
  const { StandingOrderName: name, ...unnamed } = sample as Record<string, string>;
  const base = { ...unnamed, BusinessShortCode: BILL, StartDate: '20271201', EndDate: '20281201' };
  const PartyA = newNumber();
  const ref = { CustomstdoId: 'bae4ef32-3fb1-4998-988b-0063884a3d80' };
  const answer = await api.post(paths[0], { ...base, PartyA, StandingOrderNameName: name, ...ref });
  assert.equal((answer.body.ResponseHeader as Record<string, unknown>).responseRefID, ref.CustomstdoId);
  for (const TransactionType of [
    'Standing Order Customer Pay Bill',
    'Standing Order Pay Bill External Third Party',
  ])
    await created({ PartyA: newNumber(), TransactionType, StartDate: '20271201', EndDate: '20281201' });
  const wrong: [object, string][] = [
    [{ StandingOrderName: '' }, 'StandingOrderName'],
    [{ StartDate: '20270230' }, 'StartDate'],
    [{ EndDate: '20271130', StartDate: '20271101' }, 'EndDate'],
    [{ EndDate: '20280101', StartDate: '20280201' }, 'EndDate'],
    [{ BusinessShortCode: '600001' }, 'BusinessShortCode'],
    [{ BusinessShortCode: TILL_OF_STORE }, 'BusinessShortCode'],
    [{ ReceiverPartyIdentifierType: '2' }, 'ReceiverPartyIdentifierType'],
    [{ TransactionType: 'CustomerPayBillOnline' }, 'TransactionType'],
    [{ Frequency: '9' }, 'Frequency'],
    [{ Amount: '1.5' }, 'Amount'],
    [{ AccountReference: 'x'.repeat(13) }, 'AccountReference'],
  ];
  for (const [changes, field] of wrong) {
    const told = errorFields(await create({ StartDate: '20271201', EndDate: '20281201', ...changes }));
    assert.deepEqual(told, [400, '1051', `Bad Request - Invalid ${field}`]);
  }
  const token = await api.post(paths[0], {}, { authorization: 'Bearer bad' });
  assert.deepEqual(errorFields(token), [401, '401', 'Unauthorized - Invalid Access Token']);
});

test('frequencies are counted as the settings say, and the callback is written so', async () => {
  clock.ms = on('2028-01-01');
  api.settings.standingOrders.frequencies = 'nine';
  api.settings.standingOrders.callbackCase = 'upper';
  const ref = await created({
    PartyA: newNumber(),
    Frequency: '9',
    StartDate: '20280101',
    EndDate: '20290101',
  });
  await settle();
  const { ResponseHeader, ResponseBody } = await callbackOf(ref);
  assert.equal(ResponseHeader.responseCode, '0');
  assert.equal(ResponseBody.ResponseData[0].Name, 'TransactionID');
  const { rows } = await database.query('select every from mpesa.standing_order where request_ref = $1', [
    ref,
  ]);
  assert.deepEqual(rows, [{ every: 'yearly' }]);
  api.settings.standingOrders.frequencies = 'eight';
  api.settings.standingOrders.callbackCase = 'lower';
});
