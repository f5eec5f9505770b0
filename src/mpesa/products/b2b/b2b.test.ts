import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf } from '../../../../test/mpesa/mpesa-api.ts';
import { parametersOf, payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { credentialOf, PASSWORD, SHORT_CODE } from '../../../../test/mpesa/requests.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { type InitiatorRole, seedInitiator } from '../../parties/initiators/initiators.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { taxAuthority } from '../../parties/sandbox.ts';
import { findTransaction } from '../../transactions/find.ts';
import { taxRemittanceProduct } from '../tax-remittance/product.ts';
import { b2bProduct } from './product.ts';
import { b2bRoutes } from './routes.ts';

const fixture = await payoutsFixture();
const { api, database, mpesa, who, give, holds, told, soon, publicKey } = fixture;
const PATH = b2bProduct.operations.pay.paths[0];
const TAX = taxRemittanceProduct.operations.pay.paths[0];
const [SUPPLIER, STORE, TILL] = ['600979', '7000200', '5000200'];

await seedOrganisation(database, { shortCode: SUPPLIER, name: 'Supplier', kind: 'paybill' });
await seedOrganisation(database, { shortCode: STORE, name: 'Shop (store)', kind: 'till' });
await seedOrganisation(database, { shortCode: TILL, name: 'Shop', kind: 'till', headOffice: STORE });
await seedOrganisation(database, { ...taxAuthority, products: [] });
for (const kind of ['working', 'utility', 'merchant'] as const) await give(kind, 10_000);

const ask = (changes: Record<string, unknown> = {}) => ({
  ...who,
  CommandID: 'BusinessPayBill',
  SenderIdentifierType: 4,
  RecieverIdentifierType: '4',
  Amount: '190',
  PartyA: Number(SHORT_CODE),
  PartyB: SUPPLIER,
  AccountReference: '19008',
  Requester: '254708374149',
  ...changes,
});

test('Working pays a pay bill, told to the letter: texts and lists', async () => {
  const {
    TransactionID: receipt,
    ConversationID,
    OriginatorConversationID,
    ...rest
  } = await told(PATH, ask());
  assert.deepEqual(rest, {
    ResultType: '0',
    ResultCode: '0',
    ResultDesc: 'The service request is processed successfully.',
    ResultParameters: {
      ResultParameter: [
        {
          Key: 'DebitAccountBalance',
          Value: '{Amount={CurrencyCode=KES, MinimumAmount=981000, BasicAmount=9810.00}}',
        },
        { Key: 'Amount', Value: '190.00' },
        {
          Key: 'DebitPartyAffectedAccountBalance',
          Value: 'Working Account|KES|9810.00|9810.00|0.00|0.00',
        },
        { Key: 'TransCompletedTime', Value: '20261123120000' },
        { Key: 'DebitPartyCharges', Value: '' },
        { Key: 'ReceiverPartyPublicName', Value: '600979 - Supplier' },
        { Key: 'Currency', Value: 'KES' },
        {
          Key: 'InitiatorAccountCurrentBalance',
          Value: '{Amount={CurrencyCode=KES, MinimumAmount=981000, BasicAmount=9810.00}}',
        },
      ],
    },
    ReferenceData: {
      ReferenceItem: [
        { Key: 'BillReferenceNumber', Value: '19008' },
        {
          Key: 'QueueTimeoutURL',
          Value: 'https://internalsandbox.safaricom.co.ke/mpesa/b2bresults/v1/submit',
        },
      ],
    },
  });
  assert.equal(await holds('utility', SUPPLIER), 19_000n);
  const { reference, reasonType } = (await findTransaction(database, { receipt })) ?? assert.fail();
  assert.deepEqual([reference, reasonType], ['19008', 'Business Pay Bill Online']);
});

/** PartyB, its identifier type and whose account the money reaches, for each command. */
const ends: Record<keyof typeof b2bRoutes, [partyB: string, types: string[], headOffice: string]> = {
  BusinessPayBill: [SUPPLIER, ['4'], SUPPLIER],
  BusinessBuyGoods: [TILL, ['4', '2'], STORE],
  BusinessPayToBulk: [SUPPLIER, ['4'], SUPPLIER],
  BusinessTransferFromMMFToUtility: [SHORT_CODE, ['4'], SHORT_CODE],
  BusinessTransferFromUtilityToMMF: [SHORT_CODE, ['4'], SHORT_CODE],
  DisburseFundsToBusiness: [SUPPLIER, ['4'], SUPPLIER],
  BusinessToBusinessTransfer: [SUPPLIER, ['4'], SUPPLIER],
  MerchantToMerchantTransfer: [TILL, ['2'], STORE],
  MerchantTransferFromMerchantToWorking: [SHORT_CODE, ['4'], SHORT_CODE],
  MerchantServicesMMFAccountTransfer: [TILL, ['2'], STORE],
  AgencyFloatAdvance: [SUPPLIER, ['4'], SUPPLIER],
};

test('each command moves money between the accounts that it names, own accounts too', async () => {
  for (const [command, [PartyB, types, headOffice]] of Object.entries(ends)) {
    const { from, to } = b2bRoutes[command as keyof typeof b2bRoutes];
    for (const RecieverIdentifierType of types) {
      const before: [bigint, bigint] = [await holds(from), await holds(to, headOffice)];
      const { ResultCode } = await told(PATH, ask({ CommandID: command, PartyB, RecieverIdentifierType }));
      assert.equal(ResultCode, '0', command);
      assert.deepEqual(
        [await holds(from), await holds(to, headOffice)],
        [before[0] - 19_000n, before[1] + 19_000n],
        command,
      );
    }
  }
});

test('a failure is told in numbers, with the time alone as one object: 1, 2, 3, 2028, SFC_IC0003', async () => {
  mpesa.b2b.maxAmountShillings = 100_000;
  mpesa.b2b.minAmountShillings = 5;
  await seedOrganisation(database, {
    shortCode: '600972',
    name: 'Push',
    kind: 'paybill',
    headOffice: SHORT_CODE,
    products: ['stk'],
  });
  const before = await holds('working');
  const cases: [Record<string, unknown>, number | string, string][] = [
    [{ Amount: 90_000 }, 1, 'The balance is insufficient for the transaction.'],
    [{ Amount: 4 }, 2, 'Declined due to limit rule: less than the minimum transaction amount.'],
    [{ Amount: 100_001 }, 3, 'Declined due to limit rule: greater than the maximum transaction amount.'],
    [{ PartyA: '600972' }, 2028, 'The request is not permitted according to product assignment.'],
    [{ PartyB: '999999' }, 'SFC_IC0003', 'Receiver party is invalid'],
    [{ PartyB: TILL }, 'SFC_IC0003', 'Receiver party is invalid'],
    [{ RecieverIdentifierType: 2 }, 'SFC_IC0003', 'Receiver party is invalid'],
    [{ CommandID: 'BusinessBuyGoods' }, 'SFC_IC0003', 'Receiver party is invalid'],
    [
      { CommandID: 'BusinessToBusinessTransfer', PartyB: SHORT_CODE },
      'SFC_IC0003',
      'Receiver party is invalid',
    ],
    [{ CommandID: 'BusinessTransferFromMMFToUtility' }, 'SFC_IC0003', 'Receiver party is invalid'],
    [{ Initiator: 'nobody' }, 2001, 'The initiator information is invalid.'],
  ];
  for (const [changes, code, text] of cases) {
    const { ResultType, ResultCode, ResultDesc, ResultParameters, ReferenceData, TransactionID } = await told(
      PATH,
      ask(changes),
    );
    assert.deepEqual([ResultType, ResultCode, ResultDesc], [0, code, text], JSON.stringify(changes));
    assert.equal(TransactionID, 'UKN0000000');
    assert.deepEqual(ResultParameters, {
      ResultParameter: { Key: 'BOCompletedTime', Value: 20261123120000 },
    });
    assert.ok(!Array.isArray(ReferenceData?.ReferenceItem));
  }
  assert.equal(await holds('working'), before);
  mpesa.b2b.minAmountShillings = 1;
});

test('the role follows from the command: 21 where it is not there', async () => {
  const roles: [InitiatorRole, string[]][] = [
    ['Business Paybill Org API initiator', ['BusinessPayBill', 'BusinessTransferFromMMFToUtility']],
    ['BuyGoods Org API initiator', ['BusinessBuyGoods']],
    ['Org Business Pay to Bulk API', ['BusinessPayToBulk']],
  ];
  for (const [role, allowed] of roles) {
    const username = `only-${allowed[0]}`;
    await seedInitiator(database, { shortCode: SHORT_CODE, username, password: PASSWORD, roles: [role] });
    for (const [, commands] of roles)
      for (const CommandID of commands) {
        const [PartyB] = ends[CommandID as keyof typeof ends];
        const { ResultCode } = await told(PATH, ask({ Initiator: username, CommandID, PartyB }));
        assert.equal(ResultCode, allowed.includes(CommandID) ? '0' : 21, `${username} ${CommandID}`);
      }
  }
});

test('a receiver at its bound takes no more: 8; a frozen account pays nobody: 11', async () => {
  fixture.accountSettings.organisationMaxBalanceShillings = 1_000;
  await seedOrganisation(database, { shortCode: '600970', name: 'Small', kind: 'paybill' });
  assert.equal((await told(PATH, ask({ PartyB: '600970', Amount: 1_001 }))).ResultCode, 8);
  const state = (to: string) =>
    database.query('update ledger.account set state = $2, terms = terms + 1 where id = $1', [
      accounts.organisation(SHORT_CODE, 'working'),
      to,
    ]);
  await state('frozen');
  assert.equal((await told(PATH, ask())).ResultCode, 11);
  await state('open');
});

test('a charge goes to Charges Paid; moves between own accounts cost nothing', async () => {
  mpesa.b2b.tariffs = [{ from: '2026-01-01', bands: [{ upToShillings: 250_000, feeCents: 11_50 }] }];
  assert.equal(parametersOf(await told(PATH, ask())).DebitPartyCharges, 'Fee For B2B Payment|KES|11.50');
  assert.equal(await holds('charges'), -1_150n);
  const own = ask({ CommandID: 'BusinessTransferFromUtilityToMMF', PartyB: SHORT_CODE });
  assert.equal(parametersOf(await told(PATH, own)).DebitPartyCharges, '');
  assert.equal(await holds('charges'), -1_150n);
  mpesa.b2b.tariffs = [];
});

test('a pay bill needs an account, the right spelling is missed, and each field is named in its family', async () => {
  const { RecieverIdentifierType, ...without } = ask();
  const cases: [Record<string, unknown>, string][] = [
    [{ ...ask(), AccountReference: null }, 'AccountReference'],
    [{ ...ask(), AccountReference: 'x'.repeat(14) }, 'AccountReference'],
    [{ ...without, ReceiverIdentifierType: RecieverIdentifierType }, 'RecieverIdentifierType'],
    [ask({ CommandID: 'PayTaxToKRA' }), 'CommandID'],
    [ask({ SenderIdentifierType: 1 }), 'SenderIdentifierType'],
    [ask({ Requester: '0708' }), 'Requester'],
  ];
  for (const [body, field] of cases)
    assert.deepEqual(errorOf(await api.post(PATH, body)), [
      400,
      '400.003.02',
      `Bad Request - Invalid ${field}`,
    ]);
  const till = ask({ CommandID: 'BusinessBuyGoods', PartyB: TILL, AccountReference: null });
  assert.equal((await told(PATH, till)).ResultCode, '0');
});

test('tax goes to the authority alone, under its own role', async () => {
  const tax = ask({
    CommandID: 'PayTaxToKRA',
    PartyB: 572572,
    AccountReference: 'PRN-1234567890',
    Requester: '',
  });
  const result = await told(TAX, tax);
  assert.equal(result.ResultCode, '0');
  assert.equal(parametersOf(result).ReceiverPartyPublicName, '572572 - Kenya Revenue Authority');
  assert.equal(await holds('utility', '572572'), 19_000n);
  assert.equal((await told(TAX, { ...tax, Initiator: 'only-BusinessPayBill' })).ResultCode, 21);
  assert.deepEqual(errorOf(await api.post(TAX, { ...tax, PartyB: SUPPLIER })), [
    400,
    '400.003.02',
    'Bad Request - Invalid PartyB',
  ]);
  const wrong = { ...tax, SecurityCredential: credentialOf('wrong', publicKey) };
  assert.equal((await told(TAX, wrong)).ResultCode, 2001);
});

test('R14: whatever was moved and refused, the books prove', async () => {
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
