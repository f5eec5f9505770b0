import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf } from '../../../../test/mpesa/mpesa-api.ts';
import { CUSTOMER, payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { PASSWORD, SHORT_CODE } from '../../../../test/mpesa/requests.ts';
import { initiatorRoles, seedInitiator } from '../../parties/initiators/initiators.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { b2cProduct } from '../b2c/product.ts';
import { transactionStatusProduct } from './product.ts';

const fixture = await payoutsFixture();
const { api, database, mpesa, who, give, told, paidByPhone } = fixture;
const PATH = transactionStatusProduct.operations.query.paths[0];
const B2C = b2cProduct.operations.payV1.paths[0];

const ask = (changes: Record<string, unknown>) => ({
  ...who,
  CommandID: 'TransactionStatusQuery',
  PartyA: SHORT_CODE,
  IdentifierType: '4',
  Occasion: '',
  ...changes,
});

await give('utility', 5_000);
mpesa.b2c.tariffs = [{ from: '2018-01-01', bands: [{ upToShillings: 250_000, feeCents: 22_40 }] }];
const payout = await told(B2C, {
  ...who,
  CommandID: 'BusinessPayment',
  Amount: 300,
  PartyA: SHORT_CODE,
  PartyB: '254708374149',
});

test('by receipt and by conversation id, under both its names, it is told to the letter', async () => {
  const { OriginatorConversationID, ConversationID, TransactionID: receipt } = payout;
  for (const key of [
    { TransactionID: receipt },
    { OriginalConversationID: ConversationID },
    { OriginatorConversationID },
    { OriginatorConversationID: ConversationID, OriginalConversationID: null },
  ]) {
    const { ConversationID: _, OriginatorConversationID: __, ...result } = await told(PATH, ask(key));
    assert.deepEqual(result, {
      ResultType: 0,
      ResultCode: 0,
      ResultDesc: 'The service request is processed successfully.',
      TransactionID: 'UKN0000000',
      ResultParameters: {
        ResultParameter: [
          { Key: 'DebitPartyName', Value: '600978 - Duka' },
          { Key: 'DebitPartyName', Value: '254708374149 - John Doe' },
          { Key: 'OriginatorConversationID', Value: OriginatorConversationID },
          { Key: 'InitiatedTime', Value: 20261123120000 },
          { Key: 'DebitAccountType', Value: 'Utility Account' },
          { Key: 'DebitPartyCharges', Value: 'Fee For B2C Payment|KES|22.40' },
          { Key: 'TransactionReason' },
          { Key: 'ReasonType', Value: 'Business Payment to Customer via API' },
          { Key: 'TransactionStatus', Value: 'Completed' },
          { Key: 'FinalisedTime', Value: 20261123120000 },
          { Key: 'Amount', Value: '300' },
          { Key: 'ConversationID', Value: ConversationID },
          { Key: 'ReceiptNo', Value: receipt },
        ],
      },
      ReferenceData: { ReferenceItem: { Key: 'Occasion' } },
    });
  }
});

test('a payment by phone is known too, by its receipt and by the ids of its push', async () => {
  const receipt = await paidByPhone(50);
  const { ResultParameters, ReferenceData } = await told(
    PATH,
    ask({ TransactionID: receipt, Occasion: 'x' }),
  );
  const items = [ResultParameters?.ResultParameter ?? []].flat();
  assert.deepEqual(items.slice(0, 2), [
    { Key: 'DebitPartyName', Value: `${CUSTOMER} - Amani Chepkemoi Wafula` },
    { Key: 'DebitPartyName', Value: '600978 - Duka' },
  ]);
  assert.deepEqual(ReferenceData?.ReferenceItem, { Key: 'Occasion', Value: 'x' });
});

test('what PartyA has no part in is not known: 25; a party that is not what it is said to be: SFC_IC0003', async () => {
  await seedOrganisation(database, { shortCode: '600971', name: 'Other', kind: 'paybill' });
  await seedInitiator(database, {
    shortCode: '600971',
    username: 'testapi',
    password: PASSWORD,
    roles: initiatorRoles,
  });
  const TransactionID = payout.TransactionID;
  const cases: [Record<string, unknown>, number | string, string][] = [
    [{ TransactionID: 'UKN0000XXX' }, 25, 'The format of parameter null is invalid.'],
    [{ OriginalConversationID: 'AG_none' }, 25, 'The format of parameter null is invalid.'],
    [{ TransactionID, PartyA: '600971' }, 25, 'The format of parameter null is invalid.'],
    [{ TransactionID, IdentifierType: 2 }, 'SFC_IC0003', 'The operator does not exist.'],
    [{ TransactionID, IdentifierType: 1 }, 'SFC_IC0003', 'The operator does not exist.'],
    [{ TransactionID, PartyA: CUSTOMER }, 2001, 'The initiator information is invalid.'],
    [{ TransactionID, Initiator: 'no-roles' }, 21, 'The initiator is not allowed to initiate this request'],
  ];
  for (const [changes, code, text] of cases) {
    const result = await told(PATH, ask(changes));
    assert.deepEqual([result.ResultCode, result.ResultDesc], [code, text], JSON.stringify(changes));
    assert.equal(result.ResultParameters, undefined);
  }
});

test('what moved no money is told by its state: Initiated, Authorized, Cancelled, Expired, Declined; nobody else is told', async () => {
  const statusOf = async (id: string, changes: Record<string, unknown> = {}) => {
    const { ResultCode, ResultParameters } = await told(
      PATH,
      ask({ OriginalConversationID: id, ...changes }),
    );
    const items = new Map(
      [ResultParameters?.ResultParameter ?? []].flat().map(({ Key, Value }) => [Key, Value]),
    );
    return [ResultCode, items.get('TransactionStatus'), items.get('ReceiptNo'), items.has('FinalisedTime')];
  };
  const push = async (checkout: string, msisdn: string, state: string, code: string | null) => {
    await database.query(
      `insert into mpesa.stk_push (id, merchant_request_id, checkout_request_id, app_id, short_code, party_b,
         transaction_type, msisdn, amount_cents, account_reference, description, callback_url, accepted_at, expires_at,
         state, result_code, result_desc, resolved_at)
       values (gen_random_uuid(), $1, $1, 'app', $2, $2, 'CustomerPayBillOnline', $3, 5000, 'INV', '', 'https://a.test', now(),
         now(), $4, $5, '', case when $5::jsonb is null then null::timestamptz else now() end)`,
      [checkout, SHORT_CODE, msisdn, state, code],
    );
    return statusOf(checkout);
  };
  assert.deepEqual(await push('ws_1', '254722000011', 'prompted', null), [0, 'Initiated', undefined, true]);
  assert.deepEqual((await push('ws_2', '254722000012', 'answered', null))[1], 'Authorized');
  assert.deepEqual((await push('ws_3', '254722000013', 'resolved', '1032'))[1], 'Cancelled');
  assert.deepEqual((await push('ws_4', '254722000014', 'resolved', '1037'))[1], 'Expired');
  assert.deepEqual((await push('ws_5', '254722000015', 'resolved', '2001'))[1], 'Declined');

  const refused = await told(B2C, {
    ...who,
    CommandID: 'BusinessPayment',
    Amount: 200_000,
    PartyA: SHORT_CODE,
    PartyB: '254708374149',
  });
  assert.equal(refused.ResultCode, 1);
  assert.equal((await statusOf(refused.ConversationID))[1], 'Declined');
  assert.equal((await statusOf(refused.OriginatorConversationID))[1], 'Declined');
  assert.equal((await statusOf(refused.ConversationID, { PartyA: '600971' }))[0], 25, 'that of another');
  const { ConversationID } = await told(PATH, ask({ OriginalConversationID: refused.ConversationID }));
  assert.equal((await statusOf(ConversationID))[0], 25, 'a query is no transaction');
});

test('one of receipt and conversation id must be there', async () => {
  assert.deepEqual(errorOf(await api.post(PATH, ask({}))), [
    400,
    '400.003.02',
    'Bad Request - Invalid TransactionID',
  ]);
});
