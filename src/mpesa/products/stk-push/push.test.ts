import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import {
  errorOf,
  PUSH,
  passwordOf,
  pushBody,
  QUERY,
  startMpesaApi,
  TIMESTAMP,
} from '../../../../test/mpesa/mpesa-api.ts';
import { seedOrganisation } from '../../parties/organisations.ts';

const api = await startMpesaApi();

/** A number that no other push of this file has. */
let lastMsisdn = 254_710_000_000;
function freshMsisdn(): string {
  lastMsisdn += 1;
  return String(lastMsisdn);
}
const fresh = (changes: Record<string, unknown> = {}) => pushBody({ PhoneNumber: freshMsisdn(), ...changes });
const invalid = (field: string) => [400, '400.002.02', `Bad Request - Invalid ${field}`];
const fault = (message: string) => [500, '500.001.1001', message];

test('an accepted push is acknowledged to the letter, and its row is there', async () => {
  const { status, headers, body } = await api.post(PUSH, pushBody());
  const { MerchantRequestID, CheckoutRequestID, ...rest } = body;
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(rest, {
    ResponseCode: '0',
    ResponseDescription: 'Success. Request accepted for processing',
    CustomerMessage: 'Success. Request accepted for processing',
  });
  assert.match(String(MerchantRequestID), /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d+$/);
  assert.match(String(CheckoutRequestID), /^ws_CO_\d{17}708374149$/);
  const { rows } = await api.database.query(
    `select app_id, short_code, party_b, transaction_type, msisdn, amount_cents, account_reference, description,
       callback_url, state, expires_at - accepted_at as lifetime
     from mpesa.stk_push where checkout_request_id = $1 and merchant_request_id = $2`,
    [CheckoutRequestID, MerchantRequestID],
  );
  const { lifetime, ...row } = rows[0];
  assert.equal(lifetime.minutes, 1);
  assert.deepEqual(row, {
    app_id: 'app-1',
    short_code: '174379',
    party_b: '174379',
    transaction_type: 'CustomerPayBillOnline',
    msisdn: '254708374149',
    amount_cents: 100n,
    account_reference: 'CompanyXLTD',
    description: 'Payment of X',
    callback_url: 'https://merchant.example.com/mpesa/callback',
    state: 'accepted',
  });
});

test('what clients in the field send is accepted', async () => {
  const habits: Record<string, unknown>[] = [
    {
      BusinessShortCode: '174379',
      Amount: 10,
      PartyA: 254708374149,
      PartyB: 174379,
      Timestamp: 20261123120000,
    },
    { TransactionType: 'CustomerPayBillOnline ' },
    { TransactionType: 'CustomerBuyGoodsOnline', PartyB: '5001234' },
    {
      AccountReference: 'a reference of far over twelve characters',
      TransactionDesc: 'twenty characters is',
    },
    { TransactionDesc: undefined },
    { TransactionDesc: '' },
    { AccountReference: 12345, TransactionDesc: 7 },
    { AccountReference: `quotes " and \\ and 'these', {braces}, commas, Kiswahili ñandú 🦁` },
    { Password: passwordOf('174379', undefined, '19990101000000'), Timestamp: '19990101000000' },
    { Unknown: { deep: [1, 2, 3] }, __proto__: null },
  ];
  for (const habit of habits) {
    const { status, body } = await api.post(PUSH, fresh(habit));
    assert.equal(status, 200, `${JSON.stringify(habit)} → ${JSON.stringify(body)}`);
  }
  const { rows } = await api.database.query(
    `select 1 from mpesa.stk_push where account_reference like 'quotes " and \\\\ and ''these'', {braces}%🦁'`,
  );
  assert.equal(rows.length, 1);
});

test('each field that is missing or wrong is named, the first of the page first', async () => {
  const wrong: [field: string, values: unknown[]][] = [
    ['BusinessShortCode', [undefined, '', 'abc', 1743, 17437999, null, {}, true]],
    ['Password', [undefined, '', null, [], {}]],
    ['Timestamp', [undefined, '2026', '2026112312000', '2026-11-23 12:00', '20261323120000', null]],
    ['TransactionType', [undefined, '', 'CustomerPayBill', 'customerpaybillonline', 4, null]],
    ['Amount', [undefined, '', 0, '0', -5, '1.50', 'ten', null, {}]],
    ['PartyA', [undefined, '', '0708374149', '25470837414', 'abc', null]],
    ['PartyB', [undefined, '', '12', 'abcdef', '123456789', null]],
    ['PhoneNumber', [undefined, '', '708374149', '+254708374149', null]],
    [
      'CallBackURL',
      [undefined, '', 'merchant', 'https://a.example.com/with space', 'http://a.example.com', 7],
    ],
    ['AccountReference', [undefined, '', '   ', null, {}, 'a\u0000b', 'x'.repeat(501)]],
    ['TransactionDesc', [{}, true, 'a\u0007b', 'x'.repeat(501)]],
  ];
  for (const [field, values] of wrong) {
    for (const value of values) {
      const told = errorOf(await api.post(PUSH, fresh({ [field]: value })));
      assert.deepEqual(told, invalid(field), `${field}: ${JSON.stringify(value)}`);
    }
  }
  for (let first = 0; first < wrong.length - 1; first += 1) {
    const allWrong = Object.fromEntries(wrong.slice(first).map(([field]) => [field, {}]));
    const told = errorOf(await api.post(PUSH, fresh(allWrong)));
    const field = wrong[first]?.[0] ?? '';
    // Of the two phone fields the second is named when both are wrong.
    assert.deepEqual(told, invalid(field === 'PartyA' ? 'PhoneNumber' : field));
  }
});

test('the documented lengths hold where the switch says so', async () => {
  api.settings.stk.strictLengths = true;
  try {
    const long = errorOf(await api.post(PUSH, fresh({ AccountReference: 'thirteenchars' })));
    assert.deepEqual(long, invalid('AccountReference'));
    const described = errorOf(await api.post(PUSH, fresh({ TransactionDesc: 'fourteen chars' })));
    assert.deepEqual(described, invalid('TransactionDesc'));
    const fits = await api.post(
      PUSH,
      fresh({ AccountReference: 'twelve chars', TransactionDesc: 'thirteen char' }),
    );
    assert.equal(fits.status, 200);
  } finally {
    api.settings.stk.strictLengths = false;
  }
});

test('the local profile takes callbacks on this machine', async () => {
  const body = () => fresh({ CallBackURL: 'http://127.0.0.1:3000/callback' });
  assert.deepEqual(errorOf(await api.post(PUSH, body())), invalid('CallBackURL'));
  const { callbackUrl } = api.settings.stk;
  api.settings.stk.callbackUrl = { ...callbackUrl, allowPlainHttp: true, allowPrivateTargets: true };
  assert.equal((await api.post(PUSH, body())).status, 200);
  api.settings.stk.callbackUrl = callbackUrl;
});

test('a password that does not agree with short code, passkey or timestamp is wrong credentials', async () => {
  const wrong = [
    passwordOf('174379', 'another passkey'),
    passwordOf('174378'),
    passwordOf('174379', undefined, '20261123120001'),
    Buffer.from(`174379${TIMESTAMP}`).toString('base64'),
    'not base64 at all!',
    'x',
  ];
  for (const Password of wrong) {
    assert.deepEqual(errorOf(await api.post(PUSH, fresh({ Password }))), fault('Wrong credentials'));
  }
});

test('a merchant that nobody knows does not exist, until somebody makes it', async () => {
  const body = fresh({ BusinessShortCode: '600999', Password: passwordOf('600999', 'its own passkey') });
  assert.deepEqual(errorOf(await api.post(PUSH, body)), fault('Merchant does not exist'));
  await seedOrganisation(api.database, {
    shortCode: '600998',
    name: 'New',
    kind: 'paybill',
    passkey: 'its own passkey',
  });
  const known = fresh({ BusinessShortCode: 600998, Password: passwordOf('600998', 'its own passkey') });
  assert.equal((await api.post(PUSH, known)).status, 200);
});

test('checks come in order: token, JSON, fields, password, merchant', async () => {
  const bad = { authorization: 'Bearer bad' };
  const wrongPassword = passwordOf('600111', 'x', '20200101000000');
  const unknownMerchant = { BusinessShortCode: '600111', Password: passwordOf('600111') };
  assert.deepEqual(errorOf(await api.post(PUSH, '{', bad)), [404, '404.001.03', 'Invalid Access Token']);
  assert.equal(errorOf(await api.post(PUSH, '{'))[1], '400.002.05');
  const field = fresh({ ...unknownMerchant, Password: wrongPassword, Amount: 'x' });
  assert.deepEqual(errorOf(await api.post(PUSH, field)), invalid('Amount'));
  const password = fresh({ ...unknownMerchant, Password: wrongPassword });
  assert.deepEqual(errorOf(await api.post(PUSH, password)), fault('Wrong credentials'));
  assert.deepEqual(errorOf(await api.post(PUSH, fresh(unknownMerchant))), fault('Merchant does not exist'));
});

test('one open push a subscriber, however many ask at once', async () => {
  const body = fresh();
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.post(PUSH, body)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  const locked = 'Unable to lock subscriber, a transaction is already in process for the current subscriber';
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    assert.deepEqual(errorOf(answer), fault(locked));
  }
  await api.resolveAll();
  assert.equal((await api.post(PUSH, body)).status, 200);
});

test('the log names each push that is taken, one that may have been, and one whose result cannot be read', async () => {
  const lines: Record<string, unknown>[] = [];
  let isBroken = false;
  const logging = await startMpesaApi({
    log: pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) }),
    through: (database) =>
      new Proxy(database, {
        get(target, name) {
          if (name === 'query' && isBroken) return () => Promise.reject(new Error('the database is away'));
          const value = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
  });
  const named = (msg: string) => lines.find((line) => line.msg === msg);
  const { body } = await logging.post(PUSH, fresh());
  const { CheckoutRequestID, MerchantRequestID } = body;
  const said = { level: 30, time: named('push accepted')?.time, msg: 'push accepted' };
  assert.deepEqual(named('push accepted'), { ...said, CheckoutRequestID, MerchantRequestID });
  isBroken = true;
  const subscriber = freshMsisdn();
  await logging.post(PUSH, pushBody({ PhoneNumber: subscriber }));
  const unknown = named('push not acknowledged: whether it was written is not known');
  assert.match(String(unknown?.CheckoutRequestID), new RegExp(`^ws_CO_\\d{17}${subscriber.slice(3)}$`));
  const { BusinessShortCode, Password, Timestamp } = pushBody();
  await logging.post(QUERY, { BusinessShortCode, Password, Timestamp, CheckoutRequestID });
  assert.equal(named('a push could not be read')?.CheckoutRequestID, CheckoutRequestID);
});
