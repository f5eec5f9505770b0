import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Registry } from 'prom-client';
import { billsFixture } from '../../../../test/mpesa/bills.ts';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { receiver } from '../../../../test/mpesa/nasty-receivers.ts';
import { settleAll } from '../../../../test/mpesa/payments.ts';
import { settleAll as settlePushes } from '../../../../test/mpesa/settlement.ts';
import { until } from '../../../../test/until.ts';
import { createDelivery } from '../../../delivery/deliver.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { createStkSettlement } from '../stk-push/settlement/settle.ts';
import { billManagerProduct } from './product.ts';
import { optInSample, reconciliationSample } from './samples.ts';

const { operations } = billManagerProduct;
const {
  api,
  bills,
  biller,
  clock,
  database,
  fixture,
  invoice,
  invoiced,
  kept,
  log,
  newNumber,
  on,
  optIn,
  pay,
  pushOf,
  rules,
  stateOf,
  textsTo,
  validation,
  worker,
} = await billsFixture();

test('a short code opts in once, gets its key, and changes its details with it', async () => {
  const { shortCode, key, call } = await biller();
  assert.match(key, /^AG_\d{10}_\d{9}[A-Z]{2}$/);
  const again = await optIn({ shortcode: shortCode });
  assert.deepEqual(errorFields(again), [409, '409', 'Biller already Registered']);
  assert.deepEqual(Object.keys(again.body), ['rescode', 'resmsg']);
  const { callbackurl, logo, ...details } = optInSample;
  const changed = await call('change-optin-details', {
    ...details,
    shortcode: Number(shortCode),
    email: 'new@shop.test',
    sendReminders: 0,
  });
  assert.deepEqual([changed.status, changed.body], [200, { resmsg: 'Success', rescode: '200' }]);
  const { rows } = await database.query(
    'select email, send_reminders, logo, callback_url from mpesa.biller where short_code = $1',
    [shortCode],
  );
  assert.deepEqual(rows, [
    { email: 'new@shop.test', send_reminders: false, logo, callback_url: callbackurl },
  ]);
  const unknown = await optIn({ shortcode: '999999' });
  assert.deepEqual(errorFields(unknown), [409, '409', 'Invalid consumer key/shortcode']);
});

test('an invoice is kept with its items, and its customer reads of it', async () => {
  const { shortCode, call } = await biller();
  const msisdn = newNumber();
  const sent = invoice({
    billedPhoneNumber: `0${msisdn.slice(3)}`,
    accountReference: 'G70',
    dueDate: '2027-09-15 00:00:00.00',
  });
  const { status, body } = await call('single-invoicing', sent);
  assert.deepEqual(
    [status, body],
    [200, { Status_Message: 'Invoice sent successfully', resmsg: 'Success', rescode: '200' }],
  );
  assert.deepEqual(await kept(sent.externalReference), {
    state: 'open',
    paid_cents: 0n,
    amount_cents: 80_000n,
    billed_msisdn: msisdn,
    due_day: '2027-09-15',
    items: [
      { itemName: 'food', cents: 70_000 },
      { itemName: 'water', cents: 10_000 },
    ],
  });
  assert.deepEqual(await textsTo(msisdn), [
    `Dear John Doe, Shop ${shortCode} sent you an invoice of Ksh800.00: Jentrys, August 2021, due on 15/9/2027. Pay to ${shortCode}, account G70.`,
  ]);
});

test('app_key and appKey are one header; without it an app has one biller, or none is meant', async () => {
  const first = await biller();
  await biller();
  const header = (name: string, value: string) =>
    api.post(operations.single.paths[0], invoice(), { [name]: value });
  for (const name of ['app_key', 'appKey']) assert.equal((await header(name, first.key)).status, 200, name);
  const refused = [409, '409', 'Invalid consumer key/shortcode'];
  assert.deepEqual(errorFields(await header('app_key', 'AG_1_2XX')), refused);
  assert.deepEqual(errorFields(await header('x', 'y')), refused, 'several billers, and no key');
  const { rowCount } = await database.query(
    `update mpesa.biller set app_id = 'other' where short_code <> $1`,
    [first.shortCode],
  );
  assert.ok(Number(rowCount) > 0);
  assert.equal((await header('x', 'y')).status, 200, 'the one and only');
  rules.appKey = 'required';
  assert.deepEqual(errorFields(await header('x', 'y')), refused);
  rules.appKey = 'optional';
  await database.query(`update mpesa.biller set app_id = 'app-1'`);
});

test('every path answers the same with its prefix once and twice, and cancel-bulk-invoice in the singular', async () => {
  const { call } = await biller();
  for (const path of ['single-invoicing', 'v1/billmanager-invoice/single-invoicing'])
    assert.equal((await call(path, invoice())).status, 200, path);
  for (const { paths } of Object.values(operations))
    for (const path of paths) {
      const told = await api.post(path, {});
      assert.match(errorFields(told).join(' '), /^409 409 Invalid \w+$/, path);
    }
  for (const path of ['cancel-bulk-invoices', 'cancel-bulk-invoice']) {
    const externalReference = await invoiced(call);
    assert.equal((await call(`v1/billmanager-invoice/${path}`, [{ externalReference }])).status, 200, path);
  }
});

test('invoices of one request are taken all or not at all, as a list or in `bulk`, a thousand at most', async () => {
  const { shortCode, call } = await biller();
  const many = Array.from({ length: 1_000 }, () => invoice({ accountReference: 'bulk' }));
  const count = async () => {
    const { rows } = await database.query(
      'select count(*)::int as n from mpesa.invoice where short_code = $1',
      [shortCode],
    );
    return rows[0].n;
  };
  const answered = await call('bulk-invoicing', many);
  assert.deepEqual(answered.body, {
    Status_Message: 'Invoice sent successfully',
    resmsg: 'Success',
    rescode: '200',
  });
  assert.equal(await count(), 1_000);
  assert.equal((await call('bulk-invoicing', { bulk: [invoice(), invoice()] })).status, 200);
  assert.equal(await count(), 1_002);
  const twin = invoice();
  const taken = many[0]?.externalReference;
  const wrong: [unknown, string][] = [
    [[...many, invoice()], 'Invalid bulk'],
    [[], 'Invalid bulk'],
    [[invoice(), invoice({ amount: '1,000' })], 'Invalid amount'],
    [[invoice(), invoice({ externalReference: taken })], 'Duplicate externalReference'],
    [[twin, twin], 'Duplicate externalReference'],
  ];
  for (const [body, text] of wrong)
    assert.deepEqual(errorFields(await call('bulk-invoicing', body)), [409, '409', text]);
  assert.equal(await count(), 1_002);
});

test('dates are read in the forms that the page and its clients have; phones as people write them', async () => {
  const { call } = await biller();
  const right = [
    '2027-10-12',
    '2027-10-12 00:00:00.00',
    '2027-10-12 23:59:00',
    '2027-10-12T08:00:00.123Z',
    '2027-10-12T08:00:00+03:00',
  ];
  for (const dueDate of right)
    assert.equal((await kept(await invoiced(call, { dueDate }))).due_day, '2027-10-12');
  for (const dueDate of ['2027-02-30', '12-10-2027', '271012', '2027-10-12 24:00:00', '', undefined])
    assert.deepEqual(errorFields(await call('single-invoicing', invoice({ dueDate }))), [
      409,
      '409',
      'Invalid dueDate',
    ]);
  for (const billedPhoneNumber of ['712345678', '+254712345678', '0812345678'])
    assert.deepEqual(errorFields(await call('single-invoicing', invoice({ billedPhoneNumber }))), [
      409,
      '409',
      'Invalid billedPhoneNumber',
    ]);
  await invoiced(call, { invoiceItems: [] });
  await invoiced(call, { invoiceItems: null });
  const token = await api.post(operations.single.paths[0], {}, { authorization: 'Bearer bad' });
  assert.deepEqual(errorFields(token), [401, '401', 'Unauthorized - Invalid Access Token']);
});

test('a payment to the account settles the invoice, in part and then wholly, and each is told to the biller', async () => {
  const { shortCode, call } = await biller();
  const reference = await invoiced(call, { accountReference: 'H1' });
  const msisdn = newNumber();
  const receipt = await pay(shortCode, 'H1', 300, msisdn);
  assert.deepEqual(await stateOf(reference), ['open', 300]);
  const push = await pushOf(receipt);
  assert.equal(push.url, optInSample.callbackurl);
  assert.deepEqual(push.body, {
    transactionId: receipt,
    paidAmount: '300',
    msisdn,
    dateCreated: '2027-01-01',
    accountReference: 'H1',
    shortCode,
  });
  assert.deepEqual(push.retry_after_seconds, [10, 30, 60, 300]);
  await pushOf(await pay(shortCode, 'H1', 500));
  assert.deepEqual(await stateOf(reference), ['paid', 800]);
});

test('what is due first is settled first, and what is too much settles nothing', async () => {
  const { shortCode, call } = await biller();
  const later = await invoiced(call, { accountReference: 'H2', amount: 100, dueDate: '2027-03-01' });
  const first = await invoiced(call, { accountReference: 'H2', amount: 100, dueDate: '2027-02-01' });
  await invoiced(call, { accountReference: 'other' });
  await pay(shortCode, 'H2', 150);
  assert.deepEqual(
    [await stateOf(first), await stateOf(later)],
    [
      ['paid', 100],
      ['open', 50],
    ],
  );
  const receipt = await pay(shortCode, 'H2', 80);
  assert.deepEqual(await stateOf(later), ['paid', 100]);
  const nobodys = await pay(shortCode, 'nobody', 70);
  const third = await invoiced(call, { accountReference: 'H2' });
  await pay(shortCode, 'h2', 10);
  assert.deepEqual(await stateOf(third), ['open', 0], 'an account is what was written');
  const { rows } = await database.query(
    'select over_cents from mpesa.bill_payment where receipt = any($1) order by over_cents',
    [[receipt, nobodys]],
  );
  assert.deepEqual(rows, [{ over_cents: 3_000n }, { over_cents: 7_000n }]);
  assert.equal((await pushOf(nobodys)).body.accountReference, 'nobody', 'told all the same');
});

test('R14: payments of one account at the same instant settle what they pay, by however many workers', async () => {
  const { shortCode, call } = await biller();
  const reference = await invoiced(call, { accountReference: 'H3', amount: 1_000 });
  const paid = await Promise.all(
    Array.from({ length: 20 }, () =>
      fixture.accept(newNumber(), 60, { payee: shortCode, accountReference: 'H3' }),
    ),
  );
  await settleAll(fixture.worker());
  const workers = Array.from({ length: 4 }, worker);
  for (let left = 1; left > 0; )
    left = (await Promise.all(workers.map(({ pay }) => pay()))).reduce((sum, each) => sum + each, 0);
  assert.deepEqual(await stateOf(reference), ['paid', 1_000]);
  const { rows } = await database.query(
    `select sum(over_cents)::int as over, count(*)::int as n, count(callback.id)::int as told
     from mpesa.bill_payment left join delivery.callback callback using (id) where short_code = $1`,
    [shortCode],
  );
  assert.deepEqual(rows, [{ over: 20_000, n: paid.length, told: paid.length }]);
  assert.deepEqual((await auditBooks(database, Deadline.in(10_000))).violations, []);
});

test('an STK push to the account settles the invoice too; who has not opted in is told nothing', async () => {
  const shortCode = '174379';
  const count = async () => {
    const { rows } = await database.query('select count(*)::int as n from mpesa.bill_payment');
    return rows[0].n;
  };
  const push = async () => {
    await fixture.push(newNumber(), 800, { reference: 'H4' });
    const { gateway, settings } = fixture;
    const { onResolved: _, ...options } = fixture.options();
    const pushes = createStkSettlement({ ...options, gateway, settings: () => settings.stk });
    await settlePushes(pushes);
    clock.ms += 2_000;
    await settlePushes(pushes);
    while ((await bills.pay()) > 0);
  };
  const before = await count();
  await push();
  assert.equal(await count(), before);
  const opted = await optIn({ shortcode: shortCode });
  const key = String(opted.body.app_key);
  const sent = invoice({ accountReference: 'H4' });
  await api.post(operations.single.paths[0], sent, { app_key: key });
  await push();
  assert.deepEqual(await stateOf(sent.externalReference), ['paid', 800]);
});

test('the biller is tried five times, and no more', async () => {
  const shop = await receiver((_request, response) => response.writeHead(500).end());
  const local = { allowPlainHttp: true, allowPrivateTargets: true };
  const was = rules.callbackUrl;
  rules.callbackUrl = { ...was, ...local };
  const { shortCode } = await biller({ callbackurl: `http://127.0.0.1:${shop.port}/bills` });
  rules.callbackUrl = was;
  // Nothing else is due.
  await database.query(`update delivery.callback set due_at = 'infinity' where state = 'pending'`);
  const receipt = await pay(shortCode, 'H5', 50);
  const delivery = createDelivery({
    database,
    settings: () => ({ ...validation.rules, pollMs: 10 }),
    clock,
    log,
    registry: new Registry(),
  });
  const delivering = delivery.run();
  after(async () => {
    await delivery.close();
    await delivering;
  });
  const attempts = async () => {
    const { rows } = await database.query(
      `select callback.state, count(attempt.id)::int as n from mpesa.bill_payment payment
       join delivery.callback callback using (id) left join delivery.attempt on callback_id = callback.id
       where receipt = $1 group by callback.state`,
      [receipt],
    );
    return rows[0];
  };
  for (let n = 1; n <= 5; n += 1) {
    await until(`try ${n}`, async () => (await attempts()).n === n);
    clock.ms += 301_000;
  }
  assert.deepEqual(await attempts(), { state: 'exhausted', n: 5 });
  assert.equal(shop.received.length, 5);
});

test('an acknowledged payment gives its customer a receipt, once', async () => {
  const { shortCode, call } = await biller();
  const msisdn = newNumber();
  const transactionId = await pay(shortCode, 'H6', 800);
  const sent = { ...reconciliationSample, transactionId, phoneNumber: `0${msisdn.slice(3)}` };
  for (let time = 0; time < 2; time += 1)
    assert.deepEqual((await call('reconciliation', sent)).body, { resmsg: 'Success', rescode: '200' });
  assert.deepEqual(await textsTo(msisdn), [
    `${transactionId} Receipt. Dear John Doe, Shop ${shortCode} received Ksh800.00 for School Fees, account Balboa95, on 1/10/2021.`,
  ]);
  const other = await biller();
  for (const told of [
    await call('reconciliation', { ...sent, transactionId: 'PJB53MYR1N' }),
    await other.call('reconciliation', sent),
  ])
    assert.deepEqual(errorFields(told), [409, '409', 'transaction does not exist.']);
});

test('an invoice is cancelled until something is paid for it; then it conflicts, as the page has it', async () => {
  const { shortCode, call } = await biller();
  const externalReference = await invoiced(call, { accountReference: 'H7' });
  const cancel = (reference: string) => call('cancel-single-invoice', { externalReference: reference });
  const cancelled = await cancel(externalReference);
  assert.deepEqual(
    [cancelled.status, cancelled.body],
    [
      200,
      { Status_Message: 'Invoice cancelled successfuly.', resmsg: 'Success', rescode: '200', errors: [] },
    ],
  );
  await pay(shortCode, 'H7', 100);
  assert.deepEqual(await stateOf(externalReference), ['cancelled', 0], 'nothing refers to it any more');
  assert.equal((await cancel(externalReference)).body.Status_Message, 'invoice does not exist.');
  await invoiced(call, { externalReference });
  const partly = await invoiced(call, { accountReference: 'H8' });
  await pay(shortCode, 'H8', 100);
  const conflict = await cancel(partly);
  assert.deepEqual(
    [conflict.status, conflict.body],
    [
      409,
      {
        Status_Message: 'partially or fully paid invoices cannot be cancelled.',
        resmsg: 'Conflict',
        rescode: '409',
        errors: [],
      },
    ],
  );
  const several = [externalReference, partly].map((reference) => ({ externalReference: reference }));
  const bulk = await call('cancel-bulk-invoices', several);
  assert.deepEqual(bulk.body.errors, [
    {
      externalReference: partly,
      Status_Message: 'partially or fully paid invoices cannot be cancelled.',
    },
  ]);
  assert.equal((await stateOf(externalReference))[0], 'open', 'all or none');
  const own = await biller();
  assert.equal((await own.call('cancel-bulk-invoices', several)).status, 409, 'another biller’s are none');
  assert.equal((await call('cancel-bulk-invoices', { bulk: several.slice(0, 1) })).status, 200);
});

test('an invoice is changed until something is paid for it, and its customer is told again', async () => {
  const { shortCode, call } = await biller();
  const msisdn = newNumber();
  const phone = { billedPhoneNumber: msisdn, accountReference: 'H9' };
  const externalReference = await invoiced(call, phone);
  const changed = await call('change-invoice', invoice({ ...phone, externalReference, amount: 900 }));
  assert.deepEqual(changed.body, {
    Status_Message: 'Invoice updated successfully',
    resmsg: 'Success',
    rescode: '200',
  });
  assert.match((await textsTo(msisdn)).join('\n'), /Ksh800\.00.*\n.*Ksh900\.00/);
  const both = [externalReference, await invoiced(call, phone)].map((reference) =>
    invoice({ ...phone, externalReference: reference, amount: 50 }),
  );
  assert.equal((await call('change-invoices', both)).status, 200);
  assert.equal((await call('change-invoices', [invoice()])).body.Status_Message, 'invoice does not exist.');
  await pay(shortCode, 'H9', 60);
  const late = await call('change-invoice', both[0]);
  assert.equal(late.body.Status_Message, 'partially or fully paid invoices cannot be changed.');
  assert.equal(late.status, 409);
});

test('a customer is reminded seven and three days before the due date and on it, of what is left to pay', async () => {
  const { shortCode, call } = await biller();
  const msisdn = newNumber();
  clock.ms = on('2027-05-01');
  const reference = await invoiced(call, {
    billedPhoneNumber: msisdn,
    accountReference: 'R1',
    dueDate: '2027-05-15',
  });
  const workers = Array.from({ length: 4 }, worker);
  const remind = async (day: string, hour?: string) => {
    clock.ms = on(day, hour);
    for (let left = 1; left > 0; )
      left = (await Promise.all(workers.map((each) => each.remind()))).reduce((sum, each) => sum + each, 0);
    return (await textsTo(msisdn)).slice(1);
  };
  assert.equal((await remind('2027-05-08', '07:59')).length, 0);
  const [seven] = await remind('2027-05-08', '08:00');
  assert.equal(
    seven,
    `Dear John Doe, Ksh800.00 for Jentrys of Shop ${shortCode} is due on 15/5/2027. Pay to ${shortCode}, account R1.`,
  );
  assert.equal((await remind('2027-05-11')).length, 1);
  await pay(shortCode, 'R1', 300);
  assert.match((await remind('2027-05-12')).at(-1) ?? '', /Ksh500\.00 .* is due on 15\/5\/2027/);
  assert.match((await remind('2027-05-15')).at(-1) ?? '', /is due today/);
  assert.equal((await remind('2027-06-15')).length, 3);
  assert.deepEqual(await stateOf(reference), ['open', 300], 'an invoice is not over with its date');
});

test('workers that were away remind once for the days they missed, and not after the due date', async () => {
  const { call } = await biller();
  clock.ms = on('2027-07-01');
  const [late, over] = [newNumber(), newNumber()];
  await invoiced(call, { billedPhoneNumber: late, dueDate: '2027-07-15' });
  await invoiced(call, { billedPhoneNumber: over, dueDate: '2027-07-12' });
  clock.ms = on('2027-07-13');
  while ((await bills.remind()) > 0);
  assert.deepEqual([(await textsTo(late)).length, (await textsTo(over)).length], [2, 1]);
  clock.ms = on('2027-07-15');
  while ((await bills.remind()) > 0);
  assert.equal((await textsTo(late)).length, 3);
});

test('nobody is reminded of what is paid or cancelled, nor for a biller that does not want it', async () => {
  const { shortCode, call } = await biller();
  const quiet = await biller({ sendReminders: '0' });
  clock.ms = on('2027-08-01');
  const [paid, cancelled, unwanted] = [newNumber(), newNumber(), newNumber()];
  const dueDate = '2027-08-10';
  await invoiced(call, { billedPhoneNumber: paid, dueDate, accountReference: 'R2' });
  const externalReference = await invoiced(call, { billedPhoneNumber: cancelled, dueDate });
  await invoiced(quiet.call, { billedPhoneNumber: unwanted, dueDate });
  await pay(shortCode, 'R2', 800);
  await call('cancel-single-invoice', { externalReference });
  clock.ms = on('2027-08-03');
  while ((await bills.remind()) > 0);
  for (const msisdn of [paid, cancelled, unwanted]) assert.equal((await textsTo(msisdn)).length, 1);
  const details = { ...optInSample, shortcode: quiet.shortCode, sendReminders: '1' };
  await quiet.call('change-optin-details', details);
  clock.ms = on('2027-08-07');
  while ((await bills.remind()) > 0);
  assert.equal((await textsTo(unwanted)).length, 2, 'as the biller wants it now');
});
