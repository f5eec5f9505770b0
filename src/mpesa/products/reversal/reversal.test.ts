import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { errorOf } from '../../../../test/mpesa/mpesa-api.ts';
import { CUSTOMER, parametersOf, payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { credentialOf, PASSWORD, SHORT_CODE, settleAll } from '../../../../test/mpesa/requests.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { initiatorRoles, seedInitiator } from '../../parties/initiators/initiators.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { findTransaction } from '../../transactions/find.ts';
import { b2cProduct } from '../b2c/product.ts';
import { findReopenedBills } from '../bill-manager/find.ts';
import { billManagerProduct } from '../bill-manager/product.ts';
import { invoiceSample, optInSample, reconciliationSample } from '../bill-manager/samples.ts';
import { createBills } from '../bill-manager/settle/settle.ts';
import { reversalProduct } from './product.ts';

const fixture = await payoutsFixture();
const { api, clock, database, mpesa, who, give, holds, has, told, soon, paidByPhone, publicKey, steps } =
  fixture;
const PATH = reversalProduct.operations.reverse.paths[0];
const B2C = b2cProduct.operations.payV1.paths[0];

const bill = billManagerProduct.operations;

const ask = (TransactionID: string, changes: Record<string, unknown> = {}) => ({
  ...who,
  CommandID: 'TransactionReversal',
  TransactionID,
  Amount: '100',
  ReceiverParty: Number(SHORT_CODE),
  RecieverIdentifierType: 11,
  Occasion: '',
  ...changes,
});
const customer = () => has(accounts.customer(CUSTOMER));
await seedOrganisation(database, {
  shortCode: '5000300',
  name: 'Till',
  kind: 'till',
  headOffice: SHORT_CODE,
});

test('what a customer paid goes back, told to the letter; the phone is told, and the receipt says by which', async () => {
  const receipt = await paidByPhone(100);
  const before = [await holds('utility'), await customer()] as const;
  const result = await told(PATH, ask(receipt));
  const { TransactionID, ConversationID, OriginatorConversationID, ...rest } = result;
  assert.deepEqual(rest, {
    ResultType: 0,
    ResultCode: 0,
    ResultDesc: 'The service request is processed successfully.',
    ResultParameters: {
      ResultParameter: [
        { Key: 'DebitAccountBalance', Value: 'Utility Account|KES|0.00|0.00|0.00|0.00' },
        { Key: 'Amount', Value: 100 },
        { Key: 'TransCompletedTime', Value: 20261123120000 },
        { Key: 'OriginalTransactionID', Value: receipt },
        { Key: 'Charge', Value: 0 },
        { Key: 'CreditPartyPublicName', Value: `${CUSTOMER} - Amani Chepkemoi Wafula` },
        { Key: 'DebitPartyPublicName', Value: '600978 - Duka' },
      ],
    },
    ReferenceData: {
      ReferenceItem: {
        Key: 'QueueTimeoutURL',
        Value: 'https://internalsandbox.safaricom.co.ke/mpesa/reversalresults/v1/submit',
      },
    },
  });
  assert.deepEqual([await holds('utility'), await customer()], [before[0] - 10_000n, before[1] + 10_000n]);
  assert.equal((await findTransaction(database, { receipt }))?.reversedBy, TransactionID);
  const { rows } = await database.query(`select text from handset.sms where text like '%reversed%'`);
  assert.deepEqual(
    rows.map(({ text }) => text),
    [
      `${TransactionID} Confirmed. Transaction ${receipt} has been reversed on 23/11/26 at 12:00 PM and Ksh100.00 is ` +
        'credited to your M-PESA account. New M-PESA balance is Ksh50,000.00.',
    ],
  );
});

test('once, whole or in part, by however many ask at the same instant: R000001 for all others', async () => {
  for (const Amount of [40, 100]) {
    const receipt = await paidByPhone(100);
    const before = await customer();
    await Promise.all(Array.from({ length: 4 }, () => api.post(PATH, ask(receipt, { Amount }))));
    await settleAll(steps);
    assert.equal(await customer(), before + BigInt(Amount) * 100n);
    const again = await told(PATH, ask(receipt, { Amount: 1 }));
    assert.deepEqual(
      [again.ResultType, again.ResultCode, again.ResultDesc, again.ResultParameters],
      [0, 'R000001', 'The transaction has already been reversed.', undefined],
    );
  }
  const { rows } = await database.query(
    `select result_code as code, count(*)::int as n from mpesa.request where product = 'reversal' group by 1`,
  );
  const counted = new Map(rows.map(({ code, n }) => [code, n]));
  assert.deepEqual([counted.get(0), counted.get('R000001')], [3, 8]);
});

test('what no customer paid to the party that asks is no original: R000002; nor more than was paid', async () => {
  await give('utility', 5_000);
  await seedOrganisation(database, { shortCode: '600971', name: 'Other', kind: 'paybill' });
  await seedInitiator(database, {
    shortCode: '600971',
    username: 'testapi',
    password: PASSWORD,
    roles: initiatorRoles,
  });
  const receipt = await paidByPhone(100);
  const payout = await told(B2C, {
    ...who,
    CommandID: 'BusinessPayment',
    Amount: 100,
    PartyA: SHORT_CODE,
    PartyB: CUSTOMER,
  });
  const own = await told(PATH, ask(await paidByPhone(100)));
  const cases: [string, Record<string, unknown>, number | string][] = [
    ['UKN0000XXX', {}, 'R000002'],
    [payout.TransactionID, {}, 'R000002'],
    [own.TransactionID, {}, 'R000002'],
    [receipt, { ReceiverParty: '600971' }, 'R000002'],
    [receipt, { Amount: 101 }, 25],
    [receipt, { Initiator: 'nobody' }, 2001],
    [receipt, { SecurityCredential: credentialOf('wrong', publicKey) }, 2001],
    [receipt, { Initiator: 'no-roles' }, 21],
  ];
  const before = await customer();
  for (const [original, changes, code] of cases)
    assert.equal((await told(PATH, ask(original, changes))).ResultCode, code, JSON.stringify(changes));
  assert.equal(await customer(), before);
  assert.equal((await told(PATH, ask(receipt, { ReceiverParty: '5000300' }))).ResultCode, 0, 'its own till');
});

test('the books refuse what is not there: 1 without money, 8 where the customer is full, 11 where an account is frozen', async () => {
  const receipt = await paidByPhone(100);
  const all = await holds('utility');
  const away = { ...who, CommandID: 'BusinessPayment', PartyA: SHORT_CODE, PartyB: '254722000009' };
  await told(B2C, { ...away, Amount: Number(all / 100n) });
  assert.equal((await told(PATH, ask(receipt))).ResultCode, 1);
  await give('utility', 1_000_000);
  const state = (to: string) =>
    database.query('update ledger.account set state = $2, terms = terms + 1 where id = $1', [
      accounts.customer(CUSTOMER),
      to,
    ]);
  await state('frozen');
  assert.equal((await told(PATH, ask(receipt))).ResultCode, 11);
  await state('open');
  const room = 50_000_000n - (await customer());
  for (let left = Number(room / 100n); left > 9; left -= 250_000)
    await told(B2C, { ...away, PartyB: CUSTOMER, Amount: Math.min(left, 250_000) });
  assert.equal((await told(PATH, ask(receipt))).ResultCode, 8);
});

test('a reversal may cost the organisation something; what the payment cost the customer is kept', async () => {
  const msisdn = '254722000005';
  mpesa.stk.customerTariff = [{ upToShillings: 250_000, feeCents: 5_00 }];
  mpesa.reversal.tariffs = [{ from: '2026-01-01', bands: [{ upToShillings: 250_000, feeCents: 7_00 }] }];
  const receipt = await paidByPhone(100, { msisdn });
  assert.equal(parametersOf(await told(PATH, ask(receipt))).Charge, 7);
  assert.equal(await holds('charges'), -700n);
  assert.equal(await has(accounts.customer(msisdn)), 5_000_000n - 500n);
});

/** The short code as a biller; what its worker does. */
async function biller() {
  const optedIn = await api.post(bill.optIn.paths[0], { ...optInSample, shortcode: SHORT_CODE });
  const key = { app_key: String(optedIn.body.app_key) };
  const send = (externalReference: string, amount: number, dueDate: string) =>
    api.post(
      bill.single.paths[0],
      { ...invoiceSample, externalReference, amount, dueDate, accountReference: 'INV-1' },
      key,
    );
  const invoices = async () => {
    const { rows } = await database.query(
      `select external_reference as name, state, paid_cents / 100 as paid, next_reminder_at as at from mpesa.invoice order by 1`,
    );
    return rows.map(({ name, state, paid }) => `${name} ${state} ${paid}`);
  };
  const worker = () => createBills({ database, settings: () => api.settings.billManager, clock });
  const settle = async (workers = [worker()]) => {
    for (let left = 1; left > 0; )
      left = (await Promise.all(workers.flatMap(({ pay, reopen }) => [pay(), reopen()]))).reduce(
        (sum, each) => sum + each,
      );
  };
  const acknowledge = (transactionId: string) =>
    api.post(bill.reconciliation.paths[0], { ...reconciliationSample, transactionId }, key);
  return { send, invoices, worker, settle, acknowledge };
}

test('R14: what a reversed payment had settled is owed again, once, and its customer reads so', async () => {
  const { send, invoices, worker, settle, acknowledge } = await biller();
  for (const [name, due] of [
    ['first', '2026-12-20'],
    ['second', '2027-01-20'],
  ] as const)
    assert.equal((await send(name, 60, due)).status, 200);
  // The first whole, half of the second; then the rest, and 20 too much.
  const half = await paidByPhone(90);
  clock.ms += 1_000;
  const rest = await paidByPhone(50);
  await settle();
  assert.deepEqual(await invoices(), ['first paid 60', 'second paid 60']);

  // What nobody owed goes back first, then what is due last.
  assert.equal((await told(PATH, ask(rest, { Amount: 30 }))).ResultCode, 0);
  await settle(Array.from({ length: 4 }, worker));
  assert.deepEqual(await invoices(), ['first paid 60', 'second open 50']);
  assert.equal((await told(PATH, ask(half, { Amount: 90 }))).ResultCode, 0);
  await settle(Array.from({ length: 4 }, worker));
  assert.deepEqual(await invoices(), ['first open 0', 'second open 20']);
  const { rows: texts } = await database.query(
    `select text from handset.sms where text like '%was reversed%'`,
  );
  const owed = (receipt: string, amount: number, due: string) =>
    `Dear John Doe, payment ${receipt} for Jentrys of Duka was reversed: Ksh${amount}.00 is owed, due on ${due}. ` +
    'Pay to 600978, account INV-1.';
  assert.deepEqual(
    texts.map(({ text }) => text).toSorted(),
    [owed(rest, 10, '20/1/2027'), owed(half, 60, '20/12/2026'), owed(half, 40, '20/1/2027')].toSorted(),
  );
  const { rows: reminders } = await database.query(
    `select next_reminder_at as at from mpesa.invoice order by external_reference`,
  );
  assert.deepEqual(
    reminders.map(({ at }) => at.toISOString()),
    ['2026-12-13T05:00:00.000Z', '2027-01-13T05:00:00.000Z'],
    'reminded seven days before, as ever',
  );
  assert.deepEqual(errorFields(await acknowledge(half)), [409, '409', 'transaction was reversed.']);

  // Reversed before its biller was told of it: it settles first.
  const early = await paidByPhone(100);
  assert.equal((await told(PATH, ask(early))).ResultCode, 0);
  assert.equal(await worker().reopen(), 0);
  await settle();
  assert.deepEqual(await invoices(), ['first open 0', 'second open 20']);
  assert.deepEqual(
    (await findReopenedBills(database, early)).map(({ externalReference, cents }) => [
      externalReference,
      cents,
    ]),
    [
      ['first', 6_000n],
      ['second', 4_000n],
    ],
  );
});

test('the corrected spelling is refused, as on the real one; a body without fields misses it first', async () => {
  const { RecieverIdentifierType, ...without } = ask('UKN0000XXX');
  const invalid = [400, '400.002.02', 'Bad Request - Invalid RecieverIdentifierType'];
  const spelled = { ...without, ReceiverIdentifierType: RecieverIdentifierType };
  assert.deepEqual(errorOf(await api.post(PATH, spelled)), invalid);
  assert.deepEqual(errorOf(await api.post(PATH, ask('X', { RecieverIdentifierType: '4' }))), invalid);
  assert.deepEqual(errorOf(await api.post(PATH, ask('X'), { 'content-type': 'text/plain' })), invalid);
  assert.equal((await told(PATH, ask('UKN0000XXX'))).ResultCode, 'R000002');
});

test('R14: whatever was paid and reversed, the books prove', async () => {
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
