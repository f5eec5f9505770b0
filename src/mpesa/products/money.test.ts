import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { payoutsFixture, type Told } from '../../../test/mpesa/payouts.ts';
import { SHORT_CODE, settleAll } from '../../../test/mpesa/requests.ts';
import { auditBooks } from '../../ledger/audit.ts';
import { newId } from '../../platform/ids.ts';
import { accounts } from '../parties/accounts/accounts.ts';
import { seedOrganisation } from '../parties/organisations.ts';
import { taxAuthority } from '../parties/sandbox.ts';
import { findTransaction } from '../transactions/find.ts';
import { b2bProduct } from './b2b/product.ts';
import { b2bRoutes } from './b2b/routes.ts';
import { b2bExpressProduct } from './b2b-express/product.ts';
import { expressSample } from './b2b-express/sample.ts';
import { b2cProduct } from './b2c/product.ts';
import { b2pochiProduct } from './b2pochi/product.ts';
import { bongaProduct } from './bonga/product.ts';
import { redeemSample } from './bonga/redeem.ts';
import { reversalProduct } from './reversal/product.ts';
import { taxRemittanceProduct } from './tax-remittance/product.ts';

const fixture = await payoutsFixture();
const { database, books, mpesa, who, give, told, soon, paidByPhone } = fixture;
const path = {
  b2c: b2cProduct.operations.payV1.paths[0],
  pochi: b2pochiProduct.operations.pay.paths[0],
  b2b: b2bProduct.operations.pay.paths[0],
  tax: taxRemittanceProduct.operations.pay.paths[0],
  reversal: reversalProduct.operations.reverse.paths[0],
  express: b2bExpressProduct.operations.push.paths[0],
  bonga: bongaProduct.operations.redeem.paths[0],
};
const OTHER = '600979';
const TILL = '5600978';
await seedOrganisation(database, { shortCode: OTHER, name: 'Other', kind: 'paybill' });
await seedOrganisation(database, {
  shortCode: TILL,
  name: 'Till',
  kind: 'till',
  headOffice: SHORT_CODE,
  operator: { nominatedNumber: '254722000777', id: '1' },
});
await seedOrganisation(database, { ...taxAuthority, products: [] });
for (const kind of ['working', 'utility', 'merchant'] as const) await give(kind, 3_000);

const bands = (feeCents: number) => [{ from: '2026-01-01', bands: [{ upToShillings: 500, feeCents }] }];
mpesa.b2c.tariffs = bands(11_00);
mpesa.b2b.tariffs = bands(7_00);
mpesa.reversal.tariffs = bands(3_00);
mpesa.stk.customerTariff = [{ upToShillings: 500, feeCents: 2_00 }];

type Step =
  | { kind: 'phone'; customer: number; amount: number }
  | { kind: 'b2c' | 'pochi'; customer: number; amount: number }
  | { kind: 'b2b'; command: string; amount: number }
  | { kind: 'tax' | 'express' | 'bonga'; amount: number }
  | { kind: 'reversal'; which: number; amount: number };

const amount = fc.integer({ min: 1, max: 900 });
const customer = fc.constantFrom(0, 1, 2, 3, 3);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('phone' as const), customer: fc.integer({ min: 0, max: 2 }), amount }),
  fc.record({ kind: fc.constantFrom('b2c' as const, 'pochi' as const), customer, amount }),
  fc.record({
    kind: fc.constant('b2b' as const),
    command: fc.constantFrom(...Object.keys(b2bRoutes)),
    amount,
  }),
  fc.record({ kind: fc.constantFrom('tax' as const, 'express' as const, 'bonga' as const), amount }),
  fc.record({ kind: fc.constant('reversal' as const), which: fc.nat(), amount }),
);

/** The last one has no account. */
const customers = ['254722000101', '254722000102', '254722000103', '254700000011'];
const customerOf = (index: number) => customers[index] ?? assert.fail('no such customer');
const kinds = ['utility', 'working', 'charges', 'merchant', 'float'] as const;
const watched = [
  accounts.float,
  accounts.fees,
  accounts.bongaFund,
  ...[SHORT_CODE, OTHER, taxAuthority.shortCode].flatMap((code) =>
    kinds.map((kind) => accounts.organisation(code, kind)),
  ),
  ...customers.flatMap((msisdn) => [accounts.customer(msisdn), accounts.pochi(msisdn)]),
];

async function balances(): Promise<ReadonlyMap<bigint, bigint>> {
  const held = await books.balances(watched, soon());
  return new Map(watched.map((id) => [id, held.get(id)?.postedCents ?? 0n]));
}

/** What moved between two moments: the accounts that have another balance, with the difference. */
function moved(before: ReadonlyMap<bigint, bigint>, after: ReadonlyMap<bigint, bigint>) {
  return new Map(
    watched
      .map((id) => [id, (after.get(id) ?? 0n) - (before.get(id) ?? 0n)] as const)
      .filter(([, cents]) => cents !== 0n),
  );
}

/** What a transaction must have moved: both its sides, and its charge. */
async function expected(receipt: string) {
  const { debit, credit, amountCents, chargeCents } =
    (await findTransaction(database, { receipt })) ?? assert.fail(`${receipt} is not known`);
  const sums = new Map<bigint, bigint>();
  const add = (id: bigint, cents: bigint) => sums.set(id, (sums.get(id) ?? 0n) + cents);
  add(debit.account, -amountCents);
  add(credit.account, amountCents);
  const isCustomers = debit.account < 1_000_000_000_000n;
  add(isCustomers ? debit.account : accounts.organisation(SHORT_CODE, 'charges'), -chargeCents);
  add(accounts.fees, chargeCents);
  return new Map([...sums].filter(([, cents]) => cents !== 0n));
}

const sorted = (sums: ReadonlyMap<bigint, bigint>) => [...sums].sort(([a], [b]) => (a < b ? -1 : 1));

/** Opens and funds, so that what a step moves is its own money alone. */
for (const msisdn of customers) {
  await fixture.opener.open({ msisdns: [msisdn], pochis: [msisdn] }, soon());
  await fixture.opener.fund({ id: '00000000-0000-4000-8000-000000000000', msisdn, neededCents: 0n }, soon());
}

type Ended = Pick<Told, 'ResultCode' | 'TransactionID'>;

async function run(one: Step, paid: string[]): Promise<Ended | { receipt: string }> {
  const { kind, amount: Amount } = one;
  const organisation = { ...who, PartyA: SHORT_CODE, Amount };
  switch (kind) {
    case 'phone': {
      const receipt = await paidByPhone(Amount, { msisdn: customerOf(one.customer) });
      paid.push(receipt);
      return { receipt };
    }
    case 'b2c':
      return told(path.b2c, {
        ...organisation,
        CommandID: 'BusinessPayment',
        PartyB: customerOf(one.customer),
      });
    case 'pochi':
      return told(path.pochi, {
        ...organisation,
        OriginatorConversationID: newId(),
        CommandID: 'BusinessPayToPochi',
        PartyB: customerOf(one.customer),
      });
    case 'b2b': {
      const isOwn = b2bRoutes[one.command as keyof typeof b2bRoutes].receiver === 'own';
      return told(path.b2b, {
        ...organisation,
        CommandID: one.command,
        SenderIdentifierType: 4,
        RecieverIdentifierType: 4,
        PartyB: isOwn ? SHORT_CODE : OTHER,
        AccountReference: 'x',
      });
    }
    case 'tax':
      return told(path.tax, {
        ...organisation,
        CommandID: 'PayTaxToKRA',
        SenderIdentifierType: 4,
        RecieverIdentifierType: 4,
        PartyB: taxAuthority.shortCode,
        AccountReference: 'PRN',
      });
    case 'express':
      return express(Amount);
    case 'bonga':
      return bonga(Amount);
    case 'reversal':
      return reverse(paid[one.which % Math.max(1, paid.length)] ?? 'UKN0000XXX', Amount);
    default:
      return kind satisfies never;
  }
}

/** The phone of the till says yes a second later. */
async function express(amount: number): Promise<Ended> {
  const body = {
    ...expressSample,
    primaryShortCode: TILL,
    receiverShortCode: OTHER,
    amount,
    RequestRefID: newId(),
  };
  assert.equal((await fixture.api.post(path.express, body)).status, 200);
  await settleAll(fixture.steps);
  fixture.clock.ms += 1_000;
  await settleAll(fixture.steps);
  const { rows } = await database.query(
    `select callback.body from delivery.callback join mpesa.request using (id) where details ->> 'requestRef' = $1`,
    [body.RequestRefID],
  );
  const { resultCode, transactionId } = JSON.parse(rows[0]?.body);
  return { ResultCode: resultCode, TransactionID: transactionId };
}

/** A shilling is five points; the phone says yes a second later. */
async function bonga(amount: number): Promise<Ended> {
  const points = String(amount * 5);
  const accountNumber = newId().slice(-20);
  const body = { ...redeemSample, msisdn: '254722000104', amount, bongaPoints: points, accountNumber };
  assert.equal((await fixture.api.post(path.bonga, { ...body, shortCode: OTHER })).status, 200);
  await settleAll(fixture.steps);
  fixture.clock.ms += 1_000;
  await settleAll(fixture.steps);
  const { rows } = await database.query(
    `select result_code as "ResultCode", receipt as "TransactionID" from mpesa.request
     where details ->> 'AccountReference' = $1`,
    [accountNumber],
  );
  return rows[0];
}

function reverse(TransactionID: string, Amount: number): Promise<Told> {
  return told(path.reversal, {
    ...who,
    CommandID: 'TransactionReversal',
    TransactionID,
    Amount,
    ReceiverParty: SHORT_CODE,
    RecieverIdentifierType: '11',
  });
}

test('R14: random sequences of all that moves money: each result is what the books did, and the books prove it', async () => {
  const met = new Set<number | string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 12 }), async (steps) => {
      const paid: string[] = [];
      for (const one of steps) {
        const before = await balances();
        const ended = await run(one, paid);
        const after = moved(before, await balances());
        const receipt =
          'receipt' in ended
            ? ended.receipt
            : Number(ended.ResultCode) === 0
              ? ended.TransactionID
              : undefined;
        const { kind } = one;
        met.add(
          'receipt' in ended
            ? 'phone'
            : `${kind === 'express' || kind === 'bonga' ? `${kind} ` : ''}${ended.ResultCode}`,
        );
        const wanted = receipt === undefined ? new Map<bigint, bigint>() : await expected(receipt);
        assert.deepEqual(sorted(after), sorted(wanted), JSON.stringify([one, ended]));
      }
      assert.deepEqual((await auditBooks(database, soon())).violations, []);
    }),
    { numRuns: 8, seed: 20261123, endOnFailure: true },
  );
  for (const code of [
    'phone',
    'express 0',
    'bonga 0',
    'bonga 6001',
    '0',
    '1',
    '2',
    '25',
    '2040',
    'R000001',
    'R000002',
    'SFC_IC0003',
  ])
    assert.ok(met.has(code), `no sequence met ${code}`);
});

test("R14: reversal of everything returns every balance; fees are the tariffs': the customers', and the organisation's", async () => {
  const before = await balances();
  const payments: [receipt: string, amount: number][] = [];
  for (let n = 0; n < 8; n += 1) {
    const cost = 50 + n;
    payments.push([await paidByPhone(cost, { msisdn: customerOf(n % 3) }), cost]);
  }
  for (const [receipt, cost] of payments.reverse())
    assert.equal((await reverse(receipt, cost)).ResultCode, 0);
  const fees: [bigint, bigint][] = [0, 1, 2].map((n) => [
    accounts.customer(customerOf(n)),
    n === 2 ? -4_00n : -6_00n,
  ]);
  fees.push([accounts.organisation(SHORT_CODE, 'charges'), -24_00n], [accounts.fees, 40_00n]);
  assert.deepEqual(sorted(moved(before, await balances())), sorted(new Map(fees)));
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
