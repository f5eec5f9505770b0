import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fastify from 'fastify';
import { testDatabase } from '../../test/database.ts';
import { runImara } from '../../test/stack/imara.ts';
import { choicesText } from '../config/check/nearest.ts';
import { newId } from '../platform/ids.ts';
import { defaultHandsetSettings, type HandsetSettings } from './behaviour.ts';
import { createMenu, type Order } from './menu.ts';
import { createPhones } from './phones.ts';
import { handsetRoutes } from './routes.ts';
import { seededPhones } from './seeds.ts';
import { createSimulatedGateway } from './simulated.ts';
import { insertSms } from './sms.ts';

const { database } = await testDatabase([
  { part: 'handset', directory: join(import.meta.dirname, 'migrations') },
]);
const settings = (): HandsetSettings => ({ ...defaultHandsetSettings, defaultBehaviour: 'waits' });
const clock = { now: () => Date.parse('2026-11-23T09:00:00Z') };
const gateway = createSimulatedGateway({ database, settings, clock });
const set: [string, bigint][] = [];
const phones = createPhones({
  database,
  settings,
  clock,
  balanceCents: async () => 123_405n,
  async setBalance(msisdn, cents) {
    if (cents > 50_000_000n) return { ok: false, reason: 'over_maximum' };
    set.push([msisdn, cents]);
    return { ok: true };
  },
});

const app = fastify();
const orders: [msisdn: string, order: Order][] = [];
const menu = createMenu({
  database,
  settings,
  async take(msisdn, order) {
    orders.push([msisdn, order]);
    const resultCode = order.to === '999999' ? 'SFC_IC0003' : order.to === '888888' ? null : 0;
    return { id: newId(), receipt: 'UKN1234567', resultCode, resultDesc: 'told' };
  },
  async askAccountName(shortCode, account) {
    if (shortCode !== '600978') return { outcome: 'not_asked' };
    if (account === 'INV-7') return { outcome: 'found', name: 'AMINA WANJIKU' };
    return account === 'slow'
      ? { outcome: 'not_answered', reason: 'deadline passed' }
      : { outcome: 'unknown', reason: 'No such account' };
  },
});
app.register(handsetRoutes(phones, { choices: choicesText, menu }), { prefix: '/handset/v1' });
const origin = await app.listen({ port: 0, host: '127.0.0.1' });
after(() => app.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${origin}/handset/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const waiting = '254731000001';

async function prompt(): Promise<string> {
  const id = newId();
  const expiresAt = new Date(clock.now() + 60_000);
  await gateway.prompt(
    [{ id, msisdn: waiting, text: 'Do you want to pay?', expiresAt }],
    AbortSignal.any([]),
  );
  return id;
}

test('the list holds every seeded phone, and one that was set', async () => {
  const set = await call('PATCH', '/phones/254731000009', { name: 'Test Phone', behaviour: 'cancels' });
  assert.deepEqual(set, {
    status: 200,
    body: { msisdn: '254731000009', name: 'Test Phone', behaviour: 'cancels', seeded: false, locked: false },
  });
  const { body } = await call('GET', '/phones');
  const numbers = body.phones.map(({ msisdn }: { msisdn: string }) => msisdn);
  assert.deepEqual(numbers, [...seededPhones.map(({ msisdn }) => msisdn), '254731000009'].sort());
});

test('a balance is set in shillings, to the cent, and refused with the reason', async () => {
  for (const balance of [70_000, '70000', '1250.5', '0.05']) {
    const answer = await call('PATCH', '/phones/254731000008', { balance });
    assert.equal(answer.status, 200);
  }
  const cents = set.map(([, amount]) => amount);
  assert.deepEqual(cents, [7_000_000n, 7_000_000n, 125_050n, 5n]);
  const { status, body } = await call('PATCH', '/phones/254731000008', { balance: 600_000, name: 'Not Set' });
  assert.deepEqual([status, body.error.code], [409, 'over_maximum']);
  assert.notEqual((await call('GET', '/phones/254731000008')).body.name, 'Not Set');
  for (const balance of [-1, 1.5, '1.234', '1e3', ' 5', 'much', 1_000_000_000]) {
    assert.equal((await call('PATCH', '/phones/254731000008', { balance })).status, 400, String(balance));
  }
});

test('text with control characters is refused, and stored nowhere', async () => {
  for (const name of ['a\u0000', 'a\u001b[2J', 'a\nb', '\u0085', 'a\ud800']) {
    const answer = await call('PATCH', '/phones/254731000007', { name });
    assert.deepEqual([answer.status, answer.body.error.code], [400, 'invalid_request'], JSON.stringify(name));
  }
});

test('a phone shows its balance, its open prompt and its texts', async () => {
  const id = await prompt();
  const sms = { id: newId(), msisdn: waiting, text: 'Hello', at: new Date(clock.now()) };
  await insertSms(database, [sms, sms]);
  const { status, body } = await call('GET', `/phones/${waiting}`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    msisdn: waiting,
    name: 'Amani Wanjiku Mohamed',
    behaviour: 'waits',
    seeded: false,
    locked: false,
    balance: '1234.05',
    prompt: {
      id,
      text: 'Do you want to pay?',
      shownAt: '2026-11-23T09:00:00.000Z',
      expiresAt: '2026-11-23T09:01:00.000Z',
      asksOperator: false,
    },
    sms: [{ id: sms.id, text: 'Hello', at: '2026-11-23T09:00:00.000Z' }],
  });
  const inbox = await call('GET', `/phones/${waiting}/sms`);
  assert.deepEqual(inbox.body, { sms: body.sms });
  assert.deepEqual(await call('POST', `/phones/${waiting}/answer`, { cancel: true }), {
    status: 200,
    body: { outcome: 'cancelled' },
  });
});

test('a prompt that asks for an operator is answered with id and PIN, any other with the PIN alone', async () => {
  const msisdn = '254731000077';
  const show = (id: string, operatorId?: string) => {
    const prompt = { id, msisdn, text: 'Pay?', expiresAt: new Date(clock.now() + 60_000) };
    return gateway.prompt(
      [{ ...prompt, ...(operatorId !== undefined && { operatorId }) }],
      AbortSignal.any([]),
    );
  };
  const answer = async (body: object) => {
    const { status, body: said } = await call('POST', `/phones/${msisdn}/answer`, body);
    return said.outcome ?? [status, said.error.code];
  };
  await show(newId(), '7');
  assert.equal((await call('GET', `/phones/${msisdn}`)).body.prompt.asksOperator, true);
  assert.deepEqual(await answer({ pin: '1234' }), [409, 'operator']);
  assert.deepEqual(await answer({ operator: '7' }), [400, 'invalid_request']);
  assert.deepEqual(await answer({ operator: '7', cancel: true }), [400, 'invalid_request']);
  assert.equal(await answer({ operator: '8', pin: '1234' }), 'wrong_pin');
  await show(newId(), '7');
  assert.equal(await answer({ operator: '7', pin: '1234' }), 'accepted');
  await show(newId());
  assert.equal((await call('GET', `/phones/${msisdn}`)).body.prompt.asksOperator, false);
  assert.deepEqual(await answer({ operator: '7', pin: '1234' }), [409, 'operator']);
  assert.equal(await answer({ pin: '1234' }), 'accepted');
});

test('an answer goes to the open prompt; without one it is a conflict', async () => {
  await prompt();
  const answered = await call('POST', `/phones/${waiting}/answer`, { pin: '1234' });
  assert.deepEqual(answered, { status: 200, body: { outcome: 'accepted' } });
  const again = await call('POST', `/phones/${waiting}/answer`, { pin: '1234' });
  assert.equal(again.status, 409);
  assert.equal(again.body.error.code, 'no_open_prompt');
});

test('three wrong PINs lock a phone until it is unlocked', async () => {
  const outcomes = [];
  for (let i = 0; i < 4; i++) {
    await prompt();
    outcomes.push((await call('POST', `/phones/${waiting}/answer`, { pin: '0000' })).body.outcome);
  }
  assert.deepEqual(outcomes, ['wrong_pin', 'wrong_pin', 'pin_locked', 'pin_locked']);
  assert.equal((await call('GET', `/phones/${waiting}`)).body.locked, true);
  assert.equal((await call('PATCH', `/phones/${waiting}`, { unlock: true })).body.locked, false);
});

test('what is wrong with a request is said in JSON', async () => {
  const wrong: [method: string, path: string, body: unknown, says: RegExp][] = [
    ['GET', '/phones/0712345678', undefined, /"0712345678" is no msisdn\. Write it as 254712345678\./],
    ['POST', '/phones/%2B254%20112%20345678/answer', { cancel: true }, /Write it as 254112345678\./],
    ['GET', '/phones/12/sms', undefined, /12 digits and begin with 2547 or 2541/],
    ['PATCH', `/phones/${waiting}`, {}, /properties/],
    [
      'PATCH',
      `/phones/${waiting}`,
      { behavior: 'pays' },
      /behavior is not a key here: did you mean behaviour\?/,
    ],
    [
      'PATCH',
      `/phones/${waiting}`,
      { behaviour: 'pay' },
      /behaviour .*did you mean pays\? values are pays, pays-slowly/,
    ],
    ['PATCH', `/phones/${waiting}`, { pin: 1234 }, /pin/],
    ['POST', `/phones/${waiting}/answer`, { pin: '1234', cancel: true }, /properties/],
    ['POST', `/phones/${waiting}/answer`, { cancel: false }, /cancel/],
    ['POST', `/phones/${waiting}/answer`, undefined, /object/],
  ];
  for (const [method, path, body, says] of wrong) {
    const refused = await call(method, path, body);
    assert.equal(refused.status, 400, `${method} ${path}`);
    assert.equal(refused.body.error.code, 'invalid_request');
    assert.match(refused.body.error.message, says);
  }
  const nowhere = await call('GET', '/elsewhere');
  assert.deepEqual([nowhere.status, nowhere.body.error.code], [404, 'not_found']);
});

test('a subscriber pays from the menu with the PIN, and sees the result and the balance', async () => {
  const msisdn = '254731000050';
  const pay = (changes: object) =>
    call('POST', `/phones/${msisdn}/menu`, {
      item: 'pay_bill',
      to: '600978',
      account: 'INV-7',
      amount: 150,
      pin: '1234',
      ...changes,
    });
  const { status, body } = await pay({});
  assert.equal(status, 200);
  assert.deepEqual([body.outcome, body.payment.receipt, body.balance], ['paid', 'UKN1234567', '1234.05']);
  assert.deepEqual(orders, [
    [msisdn, { item: 'pay_bill', to: '600978', account: 'INV-7', amountCents: 15_000n }],
  ]);
  assert.equal((await pay({ to: '999999' })).body.outcome, 'refused');
  assert.equal((await pay({ to: '888888' })).body.outcome, 'pending');
  assert.equal(orders.length, 3);
});

test('a wrong PIN takes nothing, three lock the menu too, and a phone that is off has none', async () => {
  const taken = orders.length;
  const pay = async (msisdn: string, pin: string) =>
    call('POST', `/phones/${msisdn}/menu`, { item: 'buy_goods', to: '5000100', amount: 1, pin });
  const outcome = async (pin: string) => (await pay('254731000051', pin)).body;
  assert.deepEqual(await outcome('0000'), { outcome: 'wrong_pin', payment: null, balance: '1234.05' });
  assert.equal((await outcome('0000')).outcome, 'wrong_pin');
  assert.equal((await outcome('0000')).outcome, 'pin_locked');
  assert.equal((await outcome('1234')).outcome, 'pin_locked');
  assert.equal((await pay('254700000012', '1234')).body.outcome, 'pin_locked');
  const off = await pay('254700000007', '1234');
  assert.deepEqual([off.status, off.body.error.code], [409, 'switched_off']);
  assert.equal(orders.length, taken);
});

test('what the menu does not offer is told, and takes nothing', async () => {
  const taken = orders.length;
  const wrong: [object, RegExp][] = [
    [{ item: 'pay_bill', to: '600978', amount: 1 }, /pay_bill needs account/],
    [{ item: 'buy_goods', to: '600978', account: 'x', amount: 1 }, /buy_goods has no account/],
    [{ item: 'send_money', to: '600978', amount: 1 }, /is no msisdn/],
    [{ item: 'pochi', to: '254731000052', amount: 1 }, /nobody sends money to themselves/],
    [{ item: 'withdraw', to: '254731000053', amount: 1 }, /5 to 7 digits/],
    [{ item: 'withdraw', to: '200200', amount: 0 }, /amount/],
    [{ item: 'withdraw', to: '200200', amount: 1.5 }, /amount/],
    [{ item: 'rob', to: '200200', amount: 1 }, /item/],
  ];
  for (const [order, message] of wrong) {
    const { status, body } = await call('POST', '/phones/254731000052/menu', { ...order, pin: '1234' });
    assert.equal(status, 400);
    assert.match(body.error.message, message);
  }
  assert.equal(orders.length, taken);
});

test('whose an account is the payer of a bill reads before the PIN', async () => {
  const told = async (to: string, account: string, msisdn = '254731000054') => {
    const query = new URLSearchParams({ to, account });
    const { status, body } = await call('GET', `/phones/${msisdn}/menu/account-name?${query}`);
    return status === 200 ? body : [status, body.error.code];
  };
  assert.deepEqual(await told('600978', 'INV-7'), { outcome: 'found', name: 'AMINA WANJIKU', reason: null });
  assert.deepEqual(await told('600978', 'x'), { outcome: 'unknown', name: null, reason: 'No such account' });
  assert.deepEqual(await told('600979', 'INV-7'), { outcome: 'not_asked', name: null, reason: null });
  assert.deepEqual(await told('600978', 'INV-7', '254700000007'), [409, 'switched_off']);
  for (const [to, account] of [
    ['254731000055', 'INV-7'],
    ['600978', ''],
    ['600978', 'x'.repeat(21)],
  ] as const)
    assert.deepEqual(await told(to, account), [400, 'invalid_request'], to + account);
});

test('`imara phone pay-bill` shows the name, and pays no account that is not there but when it is told to', async () => {
  const taken = orders.length;
  const pay = (account: string, ...options: string[]) =>
    runImara(['phone', 'pay-bill', '254731000056', '600978', account, '150', ...options], {
      IMARA_API: origin,
    });
  const [found, unknown, anyway, slow] = await Promise.all([
    pay('INV-7'),
    pay('INV-8'),
    pay('INV-9', '--anyway', '--json'),
    pay('slow'),
  ]);
  assert.match(found.stdout, /^Account INV-7 of AMINA WANJIKU\npaid UKN1234567\n/, found.stderr);
  assert.equal(unknown.exitCode, 3);
  assert.match(unknown.stderr, /600978 has no account INV-8: nothing was paid\./);
  assert.match(unknown.stderr, /No such account/);
  assert.match(unknown.stderr, /--anyway pays all the same/);
  assert.equal(JSON.parse(anyway.stdout).accountName.outcome, 'unknown');
  assert.match(slow.stderr, /did not say whose account slow is, so it is paid without: deadline passed\./);
  assert.deepEqual(
    orders
      .slice(taken)
      .map(([, { account }]) => account)
      .toSorted(),
    ['INV-7', 'INV-9', 'slow'],
  );
});
