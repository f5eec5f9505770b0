import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf } from '../../../../test/mpesa/mpesa-api.ts';
import { parametersOf, payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { credentialOf, SHORT_CODE, settleAll } from '../../../../test/mpesa/requests.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { findTransaction } from '../../transactions/find.ts';
import { b2pochiProduct } from '../b2pochi/product.ts';
import { b2cProduct } from './product.ts';

const fixture = await payoutsFixture();
const { api, database, mpesa, who, give, holds, has, told, steps, soon, clock, publicKey } = fixture;
const [V3] = b2cProduct.operations.pay.paths;
const [V1] = b2cProduct.operations.payV1.paths;
const [POCHI] = b2pochiProduct.operations.pay.paths;
const RECEIVER = '254708374149';
let made = 0;

const ask = (changes: Record<string, unknown> = {}) => {
  made += 1;
  return {
    ...who,
    OriginatorConversationID: `600978_Test_${made}`,
    CommandID: 'BusinessPayment',
    Amount: '10',
    PartyA: SHORT_CODE,
    PartyB: RECEIVER,
    Occassion: 'Christmas',
    ...changes,
  };
};
const customer = () => has(accounts.customer(RECEIVER));
await give('utility', 5_000);
await give('working', 9_000);

test('Utility pays the customer; result and SMS are told to the letter, and the receipt is known', async () => {
  const body = ask({ Amount: 1_000 });
  const result = await told(V3, body);
  const { TransactionID: receipt, ConversationID } = result;
  assert.match(receipt, /^UKN[0-9A-Z]{7}$/);
  assert.deepEqual(result, {
    ResultType: 0,
    ResultCode: 0,
    ResultDesc: 'The service request is processed successfully.',
    OriginatorConversationID: body.OriginatorConversationID,
    ConversationID,
    TransactionID: receipt,
    ResultParameters: {
      ResultParameter: [
        { Key: 'TransactionAmount', Value: 1000 },
        { Key: 'TransactionReceipt', Value: receipt },
        { Key: 'ReceiverPartyPublicName', Value: '254708374149 - John Doe' },
        { Key: 'TransactionCompletedDateTime', Value: '23.11.2026 12:00:00' },
        { Key: 'B2CUtilityAccountAvailableFunds', Value: 4000 },
        { Key: 'B2CWorkingAccountAvailableFunds', Value: 9000 },
        { Key: 'B2CRecipientIsRegisteredCustomer', Value: 'Y' },
        { Key: 'B2CChargesPaidAccountAvailableFunds', Value: 0 },
      ],
    },
    ReferenceData: {
      ReferenceItem: {
        Key: 'QueueTimeoutURL',
        Value: 'https://internalsandbox.safaricom.co.ke/mpesa/b2cresults/v1/submit',
      },
    },
  });
  assert.deepEqual([await holds('utility'), await customer()], [400_000n, 5_100_000n]);
  const { rows } = await database.query('select text from handset.sms where msisdn = $1', [RECEIVER]);
  assert.deepEqual(
    rows.map(({ text }) => text),
    [
      `${receipt} Confirmed. You have received Ksh1,000.00 from 600978 - Duka on 23/11/26 at 12:00 PM ` +
        'New M-PESA balance is Ksh51,000.00.',
    ],
  );
  const transaction = await findTransaction(database, {
    conversationId: body.OriginatorConversationID,
  });
  assert.deepEqual(
    [transaction?.receipt, transaction?.reasonType, transaction?.debit.name, transaction?.credit.name],
    [receipt, 'Business Payment to Customer via API', 'Duka', 'John Doe'],
  );
});

test('an OriginatorConversationID is taken once, by however many at the same instant: money moves once', async () => {
  const before = await holds('utility');
  const body = ask();
  const answers = await Promise.all(Array.from({ length: 6 }, () => api.post(V3, body)));
  await settleAll(steps);
  const taken = answers.filter(({ status }) => status === 200);
  assert.equal(taken.length, 1);
  for (const answer of [...answers.filter((one) => !taken.includes(one)), await api.post(V3, body)])
    assert.deepEqual(errorOf(answer), [500, '500.002.1001', 'Duplicate OriginatorConversationID.']);
  await settleAll(steps);
  assert.equal(await holds('utility'), before - 1_000n);
  // Of another short code it is another id.
  await seedOrganisation(database, { shortCode: '600977', name: 'Other', kind: 'paybill' });
  assert.equal((await api.post(V3, { ...body, PartyA: '600977' })).status, 200);
});

test('version 1 has no id of the caller, and takes Occasion, as clients send it', async () => {
  const { OriginatorConversationID: _, Occassion: __, ...body } = ask({ Occasion: 'Christmas' });
  for (const occasion of [undefined, '', 'x'])
    assert.equal((await told(V1, { ...body, Occasion: occasion })).ResultCode, 0);
  const missing = await api.post(V3, body);
  assert.deepEqual(errorOf(missing), [400, '400.002.02', 'Bad Request - Invalid OriginatorConversationID']);
  const plain = await api.post(V3, ask(), { 'content-type': 'text/plain' });
  assert.deepEqual(errorOf(plain), [400, '400.002.02', 'Bad Request - Invalid InitiatorName']);
  for (const [field, value] of Object.entries({
    Amount: '10.5',
    PartyB: '0708374149',
    Remarks: 'x',
    Occassion: 'x'.repeat(101),
    CommandID: 'BusinessPayToPochi',
  }))
    assert.deepEqual(errorOf(await api.post(V3, ask({ [field]: value }))), [
      400,
      '400.002.02',
      `Bad Request - Invalid ${field}`,
    ]);
});

test('a failure has no parameters, and moves nothing: 1, 2, 3, 2028, 2040, 2001, 21', async () => {
  await seedOrganisation(database, { shortCode: '600976', name: 'Push', kind: 'paybill', products: ['stk'] });
  await database.query(
    `insert into mpesa.initiator (short_code, username, password_hash, roles)
     select '600976', username, password_hash, roles from mpesa.initiator where short_code = $1`,
    [SHORT_CODE],
  );
  const before = [await holds('utility'), await customer()];
  const cases: [Record<string, unknown>, number | string][] = [
    [{ Amount: 200_000 }, 1],
    [{ Amount: 9 }, 2],
    [{ Amount: 250_001 }, 3],
    [{ PartyA: '600976' }, 2028],
    [{ PartyB: '254700000011' }, 2040],
    [{ InitiatorName: 'nobody' }, 2001],
    [{ SecurityCredential: credentialOf('wrong', publicKey) }, 2001],
    [{ InitiatorName: 'no-roles' }, 21],
  ];
  for (const [changes, code] of cases) {
    const result = await told(V3, ask(changes));
    assert.deepEqual([result.ResultType, result.ResultCode], [0, code], JSON.stringify(changes));
    assert.equal(result.TransactionID, 'UKN0000000');
    assert.equal(result.ResultParameters, undefined);
  }
  assert.deepEqual([await holds('utility'), await customer()], before);
});

test('money that lies in Working alone pays nobody: 1', async () => {
  await seedOrganisation(database, { shortCode: '600975', name: 'Rich', kind: 'paybill' });
  await database.query(
    `insert into mpesa.initiator (short_code, username, password_hash, roles)
     select '600975', username, password_hash, roles from mpesa.initiator where short_code = $1`,
    [SHORT_CODE],
  );
  await give('working', 1_000, '600975');
  assert.equal((await told(V3, ask({ PartyA: '600975' }))).ResultCode, 1);
});

test('a customer holds no more than it may: 8; a frozen account pays nobody: 11', async () => {
  await give('utility', 700_000);
  for (const [amount, code] of [
    [250_000, 0],
    [198_000, 0],
    [2_001, 8],
  ] as const)
    assert.equal((await told(V3, ask({ Amount: amount, PartyB: '254711000777' }))).ResultCode, code);
  const state = (to: string) =>
    database.query('update ledger.account set state = $2, terms = terms + 1 where id = $1', [
      accounts.organisation(SHORT_CODE, 'utility'),
      to,
    ]);
  await state('frozen');
  assert.equal((await told(V3, ask())).ResultCode, 11);
  await state('open');
});

test('a charge goes to Charges Paid, by the tariff of the day', async () => {
  mpesa.b2c.tariffs = [
    { from: '2026-11-24', bands: [{ upToShillings: 250_000, feeCents: 900_00 }] },
    { from: '2026-01-01', bands: [{ upToShillings: 250_000, feeCents: 22_40 }] },
    { from: '2025-01-01', bands: [{ upToShillings: 250_000, feeCents: 15_00 }] },
  ];
  const before = await holds('utility');
  const result = await told(V3, ask());
  assert.equal(parametersOf(result).B2CChargesPaidAccountAvailableFunds, -22.4);
  assert.deepEqual([await holds('charges'), await holds('utility')], [-2_240n, before - 1_000n]);
  const { chargeCents } =
    (await findTransaction(database, { receipt: result.TransactionID })) ?? assert.fail();
  assert.equal(chargeCents, 2_240n);
  mpesa.b2c.tariffs = [];
});

test('a Pochi is paid the same way, under its own command, into a wallet of its own', async () => {
  const before = await customer();
  const result = await told(POCHI, ask({ CommandID: 'BusinessPayToPochi' }));
  assert.equal(result.ResultCode, 0);
  assert.deepEqual([await has(accounts.pochi(RECEIVER)), await customer()], [1_000n, before]);
  assert.deepEqual(errorOf(await api.post(POCHI, ask())), [
    400,
    '400.002.02',
    'Bad Request - Invalid CommandID',
  ]);
});

test('ten wrong credentials in a row lock it for five minutes, for every product; lenient mode passes what is foreign', async () => {
  const wrong = { SecurityCredential: credentialOf('wrong', publicKey) };
  for (let n = 0; n < 10; n += 1) assert.equal((await told(V3, ask(wrong))).ResultCode, 2001);
  assert.equal((await told(V3, ask())).ResultCode, 8006);
  assert.equal((await told(POCHI, ask({ CommandID: 'BusinessPayToPochi' }))).ResultCode, 8006);
  clock.ms += 5 * 60_000;
  assert.equal((await told(V3, ask())).ResultCode, 0);
  const foreign = ask({ SecurityCredential: Buffer.alloc(256, 7).toString('base64') });
  assert.equal((await told(V3, foreign)).ResultCode, 2001);
  fixture.settings.securityCredential = 'lenient';
  assert.equal((await told(V3, ask({ ...foreign, OriginatorConversationID: 'again' }))).ResultCode, 0);
  fixture.settings.securityCredential = 'checked';
});

test('R14: whatever was paid and refused, the books prove', async () => {
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
