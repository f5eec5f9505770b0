import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PAYBILL,
  type PushChanges,
  settleAll,
  settlementFixture,
  TILL,
} from '../../../../../test/mpesa/settlement.ts';
import { accounts } from '../../../parties/accounts/accounts.ts';
import { seedOrganisation } from '../../../parties/organisations.ts';
import { findTransaction } from '../../../transactions/find.ts';
import type { StkSettings } from '../settings.ts';

const fixture = await settlementFixture();
const { clock, settings, phones, worker, push, row, callback, balanceCents, utilityCents, database } =
  fixture;
const steps = worker();

/** Pushes, lets the phone answer, and settles; times in milliseconds after the push. */
async function settled(msisdn: string, shillings: number, answerMs: number, changes?: PushChanges) {
  const id = await push(msisdn, shillings, changes);
  const acceptedMs = clock.ms;
  await settleAll(steps);
  clock.ms += answerMs;
  await settleAll(steps);
  const [resolved, told] = [await row(id), await callback(id)];
  assert.equal(resolved.state, 'resolved');
  assert.equal(told.result.ResultCode, resolved.result_code);
  const { rows } = await database.query('select text from handset.sms where id = $1', [id]);
  return {
    id,
    code: resolved.result_code,
    receipt: resolved.receipt,
    told,
    callbackAfterMs: told.dueAt.getTime() - acceptedMs,
    sms: rows[0]?.text,
  };
}

test('a payment moves the money, and result, callback and SMS come with it', async () => {
  const before = (await utilityCents()) ?? 0n;
  const { id, code, receipt, told, sms } = await settled('254700000001', 1250, 1_000);
  assert.equal(code, 0);
  assert.match(receipt, /^UKN[0-9A-Z]{7}$/);
  assert.equal((await utilityCents()) ?? 0n, before + 125_000n);
  assert.equal(await balanceCents(254_700_000_001n), 4_875_000n);
  assert.deepEqual(told.headers, { Businessshortcode: PAYBILL });
  assert.equal(told.to, 'http://shop.test/paid?x=1');
  assert.equal(
    told.text,
    `{"Body":{"stkCallback":{"MerchantRequestID":"53e3-4aa8-${id}","CheckoutRequestID":"ws_CO_${id}",` +
      '"ResultCode":0,"ResultDesc":"The service request is processed successfully.","CallbackMetadata":{"Item":[' +
      `{"Name":"Amount","Value":1250.00},{"Name":"MpesaReceiptNumber","Value":"${receipt}"},{"Name":"Balance"},` +
      '{"Name":"TransactionDate","Value":20261123120001},{"Name":"PhoneNumber","Value":254700000001}]}}}}',
  );
  assert.equal(
    sms,
    `${receipt} Confirmed. Ksh1,250.00 sent to Imara Sandbox for account INV-1 on 23/11/26 at 12:00 PM ` +
      'New M-PESA balance is Ksh48,750.00. Transaction cost, Ksh0.00.',
  );
  const [shown] = (await phones.show('254700000001')).sms;
  assert.equal(shown?.text, sms);
});

test('a payment is known by its receipt and by both ids of its push; a refused one is not', async () => {
  const { id, receipt } = await settled('254700000001', 10, 1_000);
  const transaction = await findTransaction(database, { receipt });
  const account = { customer: 254_700_000_001n, utility: accounts.organisation(PAYBILL, 'utility') };
  const { initiatedAt, finalisedAt, ...rest } = transaction ?? assert.fail('no row');
  assert.ok(initiatedAt.getTime() < finalisedAt.getTime());
  assert.deepEqual(rest, {
    receipt,
    product: 'stk',
    conversationId: `ws_CO_${id}`,
    originatorConversationId: `53e3-4aa8-${id}`,
    transferId: id,
    debit: { party: '254700000001', name: 'Amina Wanjiru', account: account.customer },
    credit: { party: PAYBILL, name: 'Imara Sandbox', account: account.utility },
    amountCents: 1_000n,
    chargeCents: 0n,
    reference: 'INV-1',
    reasonType: 'Pay Bill Online',
    reversedBy: null,
  });
  for (const conversationId of [`ws_CO_${id}`, `53e3-4aa8-${id}`])
    assert.deepEqual(await findTransaction(database, { conversationId }), transaction);
  const { id: refused } = await settled('254700000002', 10, 1_000);
  assert.equal(await findTransaction(database, { conversationId: `ws_CO_${refused}` }), undefined);
});

test('a till is paid under its head office, whose account gets the money', async () => {
  const before = (await utilityCents()) ?? 0n;
  const { code, sms } = await settled('254711000001', 70, 1_000, {
    partyB: TILL,
    transactionType: 'CustomerBuyGoodsOnline',
  });
  assert.equal(code, 0);
  assert.match(sms, /Ksh70.00 paid to Mama Mboga on /);
  assert.equal(await utilityCents(), before + 7_000n);
});

test('each seeded number ends its push as the table says, and its phone is told what a phone is told', async () => {
  const cases: [msisdn: string, answerMs: number, code: number, sms: RegExp | undefined][] = [
    ['254700000002', 1_000, 1, /^Failed. You have insufficient funds .* to pay Ksh10.00 to Imara Sandbox/],
    ['254700000003', 1_000, 2001, /wrong M-PESA PIN/],
    ['254700000004', 1_000, 1032, undefined],
    ['254700000006', 15_000, 0, /Confirmed/],
    ['254700000007', 1_000, 1037, undefined],
    ['254700000008', 1_000, 1025, undefined],
    ['254700000009', 1_000, 1019, undefined],
    ['254700000010', 1_000, 4, /within the day/],
    ['254700000011', 1_000, 11, undefined],
    ['254700000012', 1_000, 8006, /PIN is locked/],
    ['254708374149', 14_000, 1037, undefined],
  ];
  for (const [msisdn, answerMs, expected, sms] of cases) {
    const before = await utilityCents();
    const result = await settled(msisdn, 10, answerMs);
    assert.equal(result.code, expected, msisdn);
    assert.equal('CallbackMetadata' in result.told.result, expected === 0);
    assert.equal(result.receipt === null, expected !== 0);
    assert.equal(((await utilityCents()) ?? 0n) - (before ?? 0n), expected === 0 ? 1_000n : 0n);
    if (sms === undefined) assert.equal(result.sms, undefined, msisdn);
    else assert.match(result.sms, sms);
  }
});

test("the vendor's test number: the query has 1037 after 14 s, the callback leaves after 26 s", async () => {
  const id = await push('254708374149', 1);
  const acceptedMs = clock.ms;
  await settleAll(steps);
  clock.ms += 13_999;
  await settleAll(steps);
  assert.equal((await row(id)).state, 'prompted', 'a query says 4999');
  clock.ms += 1;
  await settleAll(steps);
  assert.equal((await row(id)).result_code, 1037);
  const told = await callback(id);
  assert.equal(told.dueAt.getTime() - acceptedMs, 26_000);
  assert.equal(told.result.ResultDesc, 'No response from user.');
});

test('rules refuse a push before the phone is bothered: 2, 3, 17, 2028', async (t) => {
  const defaults = settings.stk;
  t.after(() => {
    settings.stk = defaults;
  });
  settings.stk = {
    ...defaults,
    minAmountShillings: 10,
    maxAmountShillings: 1_000,
    repeatedAmountWindowMs: 120_000,
  };
  assert.equal((await settled('254711000002', 9, 0)).code, 2);
  assert.equal((await settled('254711000002', 1_001, 0)).code, 3);
  assert.equal((await settled('254711000002', 10, 1_000)).code, 0);
  assert.equal((await settled('254711000002', 10, 118_000)).code, 17);
  assert.equal((await settled('254711000002', 11, 1_000)).code, 0, 'another amount is another payment');
  clock.ms += 1_000;
  assert.equal((await settled('254711000002', 10, 1_000)).code, 0, 'two minutes later it is allowed');
  assert.equal((await settled('254711000002', 50, 0, { partyB: TILL })).code, 2028);
  assert.equal(
    (await settled('254711000002', 50, 0, { transactionType: 'CustomerBuyGoodsOnline' })).code,
    2028,
  );
  assert.equal((await settled('254711000002', 50, 0, { partyB: '999999' })).code, 2028);
});

test('a till push whose PartyB is no till of that store: after the PIN, with a code that is text, and no money moves', async () => {
  await seedOrganisation(database, {
    shortCode: '5009999',
    name: 'Another till',
    kind: 'till',
    headOffice: '600002',
  });
  const before = await utilityCents();
  for (const partyB of ['999999', '5009999']) {
    const changes = { transactionType: 'CustomerBuyGoodsOnline', partyB };
    const { code, receipt, told } = await settled('254711000009', 50, 1_000, changes);
    assert.equal(code, 'SFC_IC0003');
    assert.match(told.text, /"ResultCode":"SFC_IC0003","ResultDesc":"The operator does not exist\."\}/);
    assert.equal(receipt, null);
  }
  assert.equal(await utilityCents(), before);
  // The phone asked for the PIN first.
  const waiting = await push('254700000005', 50, {
    transactionType: 'CustomerBuyGoodsOnline',
    partyB: '999999',
  });
  await settleAll(steps);
  assert.equal((await row(waiting)).state, 'prompted');
  await phones.answer('254700000005', { pin: '1' });
  await settleAll(steps);
  assert.equal((await row(waiting)).result_code, 2001, 'a wrong PIN is a wrong PIN');
});

test('the Balance item of the callback is a switch', async (t) => {
  const defaults = settings.stk;
  t.after(() => {
    settings.stk = defaults;
  });
  const balanceOf = async (balanceItem: StkSettings['balanceItem']) => {
    settings.stk = { ...defaults, balanceItem };
    const { told } = await settled('254711000008', 10, 1_000);
    const items: { Name: string }[] = told.result.CallbackMetadata.Item;
    return items.filter(({ Name }) => Name === 'Balance');
  };
  assert.deepEqual(await balanceOf('without_value'), [{ Name: 'Balance' }]);
  assert.deepEqual(await balanceOf('left_out'), []);
  assert.deepEqual(await balanceOf('number'), [{ Name: 'Balance', Value: 49_970 }]);
});

test('a prompt of more than 182 characters cannot be sent: 1025', async () => {
  assert.equal((await settled('254700000001', 10, 0, { reference: 'x'.repeat(150) })).code, 1025);
});

test('the day limit counts what was paid that day in East Africa, and the next day starts at its midnight', async (t) => {
  const defaults = settings.stk;
  t.after(() => {
    settings.stk = defaults;
  });
  settings.stk = { ...defaults, dailyLimitShillings: 100 };
  clock.ms = Date.parse('2026-11-24T20:59:00Z');
  assert.equal((await settled('254711000003', 60, 1_000)).code, 0);
  assert.equal((await settled('254711000003', 41, 1_000)).code, 4);
  assert.equal((await settled('254711000003', 40, 1_000)).code, 0);
  clock.ms = Date.parse('2026-11-24T21:00:00Z');
  assert.equal((await settled('254711000003', 100, 1_000)).code, 0);
});

test("an organisation at its account's bound takes no more: 8", async (t) => {
  const defaults = settings.accounts;
  t.after(() => {
    settings.accounts = defaults;
  });
  settings.accounts = { ...defaults, organisationMaxBalanceShillings: 100 };
  await database.query(
    `insert into mpesa.organisation (short_code, name, kind, head_office, products)
     values ('600001', 'Small Shop', 'paybill', '600001', '{stk}')`,
  );
  const id = await push('254711000004', 101);
  await database.query(`update mpesa.stk_push set short_code = '600001', party_b = '600001' where id = $1`, [
    id,
  ]);
  await settleAll(steps);
  clock.ms += 1_000;
  await settleAll(steps);
  assert.equal((await row(id)).result_code, 8);
  assert.equal(await balanceCents(254_711_000_004n), 5_000_000n);
});

test('a tariff charges the customer in the same posting: all of it or nothing', async (t) => {
  const defaults = settings.stk;
  t.after(() => {
    settings.stk = defaults;
  });
  settings.stk = {
    ...defaults,
    customerTariff: [
      { upToShillings: 100, feeCents: 0 },
      { upToShillings: 1_000, feeCents: 750 },
      { upToShillings: 250_000, feeCents: 2_300 },
    ],
  };
  const { code, sms } = await settled('254711000005', 500, 1_000);
  assert.equal(code, 0);
  assert.match(sms, /New M-PESA balance is Ksh49,492.50. Transaction cost, Ksh7.50.$/);
  const refused = await settled('254711000005', 49_480, 1_000);
  assert.equal(refused.code, 1, 'the amount is there, the fee is not');
  assert.equal(await balanceCents(254_711_000_005n), 4_949_250n);
});

test('a person answers: the right PIN pays, a wrong one does not, three in a row lock it', async () => {
  const msisdn = '254700000005';
  async function answered(answer: Parameters<typeof phones.answer>[1]) {
    const id = await push(msisdn, 20);
    await settleAll(steps);
    clock.ms += 30_000;
    await settleAll(steps);
    assert.equal((await row(id)).state, 'prompted', 'the phone waits');
    const outcome = await phones.answer(msisdn, answer);
    await settleAll(steps);
    assert.deepEqual(await phones.answer(msisdn, answer), { ok: false, reason: 'no_open_prompt' });
    return [outcome.ok && outcome.outcome, (await row(id)).result_code];
  }
  assert.deepEqual(await answered({ pin: '1234' }), ['accepted', 0]);
  assert.deepEqual(await answered('cancel'), ['cancelled', 1032]);
  assert.deepEqual(await answered('ignore'), ['no_answer', 1037]);
  assert.deepEqual(await answered({ pin: '1' }), ['wrong_pin', 2001]);
  assert.deepEqual(await answered({ pin: '9999' }), ['wrong_pin', 2001]);
  assert.deepEqual(await answered({ pin: '9999' }), ['pin_locked', 8006]);
  assert.deepEqual(await answered({ pin: '1234' }), ['pin_locked', 8006], 'the right PIN is too late');
  await phones.set(msisdn, { unlock: true, pin: '4321' });
  assert.deepEqual(await answered({ pin: '4321' }), ['accepted', 0]);
});

test('nobody answers: 1037 at the end of its time; nobody could send it: 1019', async () => {
  const waiting = await push('254700000005', 10);
  await settleAll(steps);
  clock.ms += 60_000;
  await settleAll(steps);
  assert.equal((await row(waiting)).result_code, 1037);
  const unsent = await push('254700000001', 10);
  clock.ms += 60_000;
  await settleAll(steps);
  assert.equal((await row(unsent)).result_code, 1019);
  const told = await callback(unsent);
  assert.equal(told.dueAt.getTime(), clock.ms);
});

test('the phone asks with the name of the business and the account, of a till with its name alone', async () => {
  const asks = async (changes: Parameters<typeof push>[2]) => {
    const msisdn = '254729000001';
    const id = await push(msisdn, 1, changes);
    await worker().send();
    const text = (await phones.show(msisdn)).prompt?.text;
    clock.ms += 2_000;
    await settleAll(worker());
    assert.equal((await row(id)).result_code, 0);
    return text;
  };
  assert.equal(
    await asks({ reference: 'INV-77' }),
    'Do you want to pay Ksh1.00 to Imara Sandbox Account no. INV-77? Enter M-PESA PIN:',
  );
  assert.equal(
    await asks({ transactionType: 'CustomerBuyGoodsOnline', partyB: TILL }),
    'Do you want to pay Ksh1.00 to Mama Mboga? Enter M-PESA PIN:',
  );
});
