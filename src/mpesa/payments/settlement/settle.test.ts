import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { faultAt, untilCrash } from '../../../../test/mpesa/crash.ts';
import { keepingHandover } from '../../../../test/mpesa/handover.ts';
import {
  AGENT,
  BILL,
  paymentsFixture,
  STORE,
  settleAll,
  TILL_OF_STORE,
  validatingMerchant,
} from '../../../../test/mpesa/payments.ts';
import { until } from '../../../../test/until.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { createReceipts } from '../../identifiers/receipt-numbers.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { runPayments } from './run.ts';

const fixture = await paymentsFixture();
const { database, books, clock, log, phones, settings } = fixture;
const { worker, accept, register, row, confirmation, transaction, balanceCents } = fixture;

let last = 254_720_000_000;
const newNumber = () => String(++last);
const utility = (shortCode = BILL) => balanceCents(accounts.organisation(shortCode, 'utility'));
const newest = async (msisdn: string) => (await phones.inbox(msisdn))[0]?.text;

test('without URLs a payment completes silently: money, receipt and SMS, and nothing for the merchant', async () => {
  const payer = newNumber();
  const id = await accept(payer, 150);
  await settleAll(worker());
  const { state, result_code, receipt } = await row(id);
  assert.deepEqual([state, result_code], ['resolved', 0]);
  assert.equal(await utility(), 15_000n);
  assert.equal(await confirmation(id), undefined);
  assert.equal(
    await newest(payer),
    `${receipt} Confirmed. Ksh150.00 sent to Duka for account INV-7 on 23/11/26 at 12:00 PM ` +
      'New M-PESA balance is Ksh49,850.00. Transaction cost, Ksh0.00.',
  );
  const moved = await transaction(receipt);
  assert.deepEqual(
    [
      moved.product,
      moved.debit_party,
      moved.credit_party,
      moved.credit_name,
      moved.amount_cents,
      moved.reference,
    ],
    ['c2b', payer, BILL, 'Duka', 15_000n, 'INV-7'],
  );
});

test('a confirmation is written as claimed, and handed over by who posted it', async () => {
  await register();
  const mine = '00000000-0000-4000-8000-0000000000aa';
  const { handover, taken, open } = keepingHandover(mine);
  const id = await accept(newNumber(), 5);
  await settleAll(worker({ handover }));
  const { rows } = await database.query('select id, body, claimed_by from delivery.callback where id = $1', [
    id,
  ]);
  assert.deepEqual(
    rows,
    taken.map(({ id, body }) => ({ id, body, claimed_by: mine })),
  );
  assert.deepEqual([taken.length, open.size], [1, 0]);
});

test('the confirmation commits with the money, to the letter of the page; version 2 masks the payer', async () => {
  await register();
  const before = (await utility()) ?? 0n;
  const id = await accept('254708374149', 5, { source: 'simulate' });
  await settleAll(worker());
  const { receipt } = await row(id);
  assert.deepEqual(await confirmation(id), {
    url: 'https://shop.test/confirmation',
    body: {
      TransactionType: 'Pay Bill',
      TransID: receipt,
      TransTime: '20261123120000',
      TransAmount: '5.00',
      BusinessShortCode: BILL,
      BillRefNumber: 'INV-7',
      InvoiceNumber: '',
      OrgAccountBalance: `${(before + 500n) / 100n}.00`,
      ThirdPartyTransID: '',
      MSISDN: '2547 ***** 149',
      FirstName: 'John',
      MiddleName: '',
      LastName: '',
    },
  });
});

test('version 1 shows the payer as SHA-256; each confirmation has the balance just after its payment', async () => {
  await register({ version: 1 });
  const before = (await utility()) ?? 0n;
  const ids = [await accept(newNumber(), 10), await accept(newNumber(), 20), await accept(newNumber(), 30)];
  await settleAll(worker());
  const told = await Promise.all(ids.map(async (id) => (await confirmation(id))?.body));
  const { msisdn } = await row(ids[0] ?? '');
  assert.equal(told[0]?.MSISDN, createHash('sha256').update(msisdn).digest('hex'));
  const balances = told.map((body) => Number(body?.OrgAccountBalance) * 100);
  assert.equal(Math.max(...balances), Number(before) + 6_000);
  assert.equal(new Set(balances).size, 3);
});

test("a till's money is its store's, and its store may have registered for it", async () => {
  await register({ shortCode: STORE });
  const id = await accept(newNumber(), 40, { kind: 'buy_goods', payee: TILL_OF_STORE, accountReference: '' });
  await settleAll(worker());
  assert.equal(await utility(STORE), 4_000n);
  const body = (await confirmation(id))?.body;
  assert.deepEqual(
    [body?.TransactionType, body?.BusinessShortCode, body?.BillRefNumber],
    ['Buy Goods', TILL_OF_STORE, ''],
  );
});

test('what a rule or the books refuse moves nothing, tells the merchant nothing and the payer why', async () => {
  await register();
  const before = await utility();
  const self = newNumber();
  const cases: [string, Parameters<typeof accept>, number | string, RegExp][] = [
    ['no money', ['254700000002', 10], 1, /insufficient funds/],
    ["the day's limit", ['254700000010', 10], 4, /within the day/],
    ['no account', ['254700000011', 10], 11, /^$/],
    ['too much', [newNumber(), 250_001], 3, /more than the maximum/],
    ['nobody there', [newNumber(), 10, { payee: '999999' }], 'SFC_IC0003', /does not exist/],
    ['a till as a pay bill', [newNumber(), 10, { payee: TILL_OF_STORE }], 'SFC_IC0003', /does not exist/],
    ['a pay bill as a till', [newNumber(), 10, { kind: 'buy_goods' }], 'SFC_IC0003', /does not exist/],
    [
      'an unregistered receiver',
      [newNumber(), 10, { kind: 'send_money', payee: '254700000011' }],
      2040,
      /is not registered/,
    ],
    [
      '49 shillings in cash',
      [newNumber(), 49, { kind: 'withdraw', payee: AGENT }],
      2,
      /less than the minimum/,
    ],
    [
      'an unregistered business',
      [newNumber(), 10, { kind: 'pochi', payee: '254700000011' }],
      2040,
      /is not registered/,
    ],
    ['money to oneself', [self, 10, { kind: 'send_money', payee: self }], 'SFC_IC0003', /does not exist/],
    ['no agent', [newNumber(), 50, { kind: 'withdraw', payee: '200201' }], 'SFC_IC0003', /does not exist/],
  ];
  for (const [what, asked, code, text] of cases) {
    const id = await accept(...asked);
    await settleAll(worker());
    assert.equal((await row(id)).result_code, code, what);
    assert.match((await newest(asked[0])) ?? '', text, what);
    assert.equal(await confirmation(id), undefined, what);
  }
  assert.equal(await utility(), before);
});

test('money is sent to another customer for the fee of the day, and both are told', async () => {
  const [payer, payee] = [newNumber(), newNumber()];
  const id = await accept(payer, 1_000, { kind: 'send_money', payee, accountReference: '' });
  await settleAll(worker());
  const { receipt } = await row(id);
  assert.equal(await balanceCents(BigInt(payer)), 5_000_000n - 101_300n);
  assert.match(
    (await newest(payer)) ?? '',
    new RegExp(
      `^${receipt} Confirmed. Ksh1,000.00 sent to .* 0${payee.slice(3)} on .*Transaction cost, Ksh13.00.$`,
    ),
  );
  assert.match(
    (await newest(payee)) ?? '',
    new RegExp(`^${receipt} Confirmed. You have received Ksh1,000.00 from `),
  );
});

test('a receiver who would hold more than an account may is sent nothing', async () => {
  const [payer, payee] = [newNumber(), newNumber()];
  settings.accounts = { ...settings.accounts, maxBalanceShillings: 500 };
  const small = await accept(newNumber(), 1, { kind: 'send_money', payee, accountReference: '' });
  await settleAll(worker());
  settings.accounts = { ...settings.accounts, maxBalanceShillings: 500_000 };
  const id = await accept(payer, 600, { kind: 'send_money', payee, accountReference: '' });
  await settleAll(worker());
  assert.equal((await row(small)).result_code, 0);
  assert.equal((await row(id)).result_code, 8);
  assert.equal(await balanceCents(BigInt(payer)), 5_000_000n);
});

test('cash comes out of an agent, and a business wallet is filled; each has an account of its own', async () => {
  const [payer, owner] = [newNumber(), newNumber()];
  await accept(payer, 2_500, { kind: 'withdraw', payee: AGENT, accountReference: '' });
  await accept(payer, 100, { kind: 'pochi', payee: owner, accountReference: '' });
  await settleAll(worker());
  assert.equal(await balanceCents(accounts.organisation(AGENT, 'float')), 250_000n);
  assert.equal(await balanceCents(accounts.pochi(owner)), 10_000n);
  assert.equal(await balanceCents(BigInt(payer)), 5_000_000n - 252_900n - 10_000n);
  assert.match((await newest(owner)) ?? '', /New business balance is Ksh100\.00\.$/);
});

for (const when of ['before', 'after'] as const) {
  test(`R14: a worker that dies ${when} any of its calls moves the money once and tells it once`, async () => {
    const merchant = await validatingMerchant(() => '{"ResultCode":"0","ThirdPartyTransID":"x"}');
    await register({ validationUrl: merchant.url, validates: true });
    for (let n = 1; ; n += 1) {
      const before = (await utility()) ?? 0n;
      const [payer, poor] = [newNumber(), newNumber()];
      const paid = await accept(payer, 100);
      const lacking = await accept(poor, 60_000);
      const fault = faultAt(n, when);
      const failing = fault.counted(database);
      const dying = worker({
        database: failing,
        receipts: createReceipts(failing, { blockSize: 1 }),
        books: { post: (...args) => fault.through(() => books.post(...args)) },
      });
      const { route, validate, asked, decide, pay } = dying;
      await untilCrash([route, validate, asked, decide, pay]);
      await asked();
      clock.ms += 40_000;
      await settleAll(worker());
      assert.deepEqual(
        [(await row(paid)).result_code, (await row(lacking)).result_code],
        [0, 1],
        `call ${n}`,
      );
      assert.equal(await utility(), before + 10_000n, `call ${n}`);
      assert.equal(await balanceCents(BigInt(payer)), 4_990_000n, `call ${n}`);
      const { receipt } = await row(paid);
      assert.equal((await confirmation(paid))?.body.TransID, receipt);
      assert.equal((await transaction(receipt)).transfer_id, paid);
      assert.equal(merchant.asked.filter(({ TransID }) => TransID === receipt).length <= 1, true);
      assert.equal((await phones.inbox(payer)).length, 1);
      assert.equal((await phones.inbox(poor)).length, 1);
      if (!fault.met()) {
        assert.ok(n > 8, `only ${n} calls were met`);
        return;
      }
    }
  });
}

test('a till goes by its own registration, else by its store’s; who registered says whether it is asked', async () => {
  const atTill = { kind: 'buy_goods', payee: TILL_OF_STORE, accountReference: '' } as const;
  const [ofStore, ofTill] = [
    await validatingMerchant(() => '{"ResultCode":0}'),
    await validatingMerchant(() => '{"ResultCode":0}'),
  ];
  const asked = () => [ofStore.asked.length, ofTill.asked.length];
  const pay = async () => {
    const id = await accept(newNumber(), 10, atTill);
    await settleAll(worker());
    return (await confirmation(id))?.url;
  };
  const store = { shortCode: STORE, confirmationUrl: 'https://shop.test/store', validationUrl: ofStore.url };
  const till = {
    shortCode: TILL_OF_STORE,
    confirmationUrl: 'https://shop.test/till',
    validationUrl: ofTill.url,
  };
  await database.query('delete from mpesa.c2b_registration where short_code = $1', [TILL_OF_STORE]);
  await register({ ...store, validates: true });
  assert.equal(await pay(), 'https://shop.test/store');
  assert.deepEqual(asked(), [1, 0], 'its store validates, and the till does not');
  await register({ ...till, validates: false });
  assert.equal(await pay(), 'https://shop.test/till');
  assert.deepEqual(asked(), [1, 0], 'the till registered, and does not validate');
  await register({ ...store, validates: false });
  await register({ ...till, validates: true });
  assert.equal(await pay(), 'https://shop.test/till');
  assert.deepEqual(asked(), [1, 1]);
});

test('the daily limit is that of a day in East Africa: it begins again at 21:00 UTC', async () => {
  await register();
  const before = { ms: clock.ms, limit: settings.stk.dailyLimitShillings };
  settings.stk = { ...settings.stk, dailyLimitShillings: 100 };
  const payer = newNumber();
  const pay = async (at: string) => {
    clock.ms = Date.parse(at);
    const id = await accept(payer, 60);
    await settleAll(worker());
    return (await row(id)).result_code;
  };
  assert.equal(await pay('2026-12-01T21:00:00Z'), 0);
  assert.equal(await pay('2026-12-02T00:00:00Z'), 4, 'midnight of UTC is no other day');
  assert.equal(await pay('2026-12-02T20:59:59Z'), 4);
  assert.equal(await pay('2026-12-02T21:00:00Z'), 0);
  settings.stk = { ...settings.stk, dailyLimitShillings: before.limit };
  clock.ms = before.ms;
});

test('who routed a payment keeps it while it lives; of who died it is another’s in seconds', async () => {
  await register();
  const living = worker();
  const id = await accept(newNumber(), 10);
  await living.route();
  for (let second = 0; second < 12; second++) {
    clock.ms += 1_000;
    await living.renew();
    assert.equal(await worker().pay(), 0, `second ${second}`);
  }
  clock.ms += 5_000;
  assert.equal(await worker().pay(), 1);
  assert.equal((await row(id)).result_code, 0);
});

test('three workers at once settle every payment once, and the books prove it', async () => {
  await register();
  const before = (await utility()) ?? 0n;
  const ids = await Promise.all(Array.from({ length: 300 }, () => accept(newNumber(), 10)));
  const stop = new AbortController();
  const counted: string[] = [];
  const running = Array.from({ length: 3 }, () =>
    runPayments({
      ...fixture.options(),
      signal: stop.signal,
      onResolved: ({ payment }) => counted.push(payment.id),
    }),
  );
  await until('all are paid', async () => {
    const { rows } = await database.query(
      `select count(*)::int as open from mpesa.payment where state <> 'resolved'`,
    );
    return rows[0].open === 0;
  });
  stop.abort();
  await Promise.all(running);
  assert.equal(await utility(), before + 300_000n);
  assert.deepEqual(counted.toSorted(), ids.toSorted());
  assert.deepEqual((await auditBooks(database, Deadline.in(10_000))).violations, []);
  assert.equal(log.level, 'silent');
});
