import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, publicEncrypt, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { answered, checkAnswer } from '../../../../test/control/answers.ts';
import { installation } from '../../../../test/control/installation.ts';
import { passwordOf, QUERY, TIMESTAMP } from '../../../../test/mpesa/mpesa-api.ts';
import { payoutsFixture } from '../../../../test/mpesa/payouts.ts';
import { runImara } from '../../../../test/stack/imara.ts';
import { until } from '../../../../test/until.ts';
import { createCredentialCheck } from '../../../auth/server/credentials.ts';
import { initiatorOperations } from '../../../control/contract/resources/directories/merchants/initiators.ts';
import { oneMerchantOperations } from '../../../control/contract/resources/directories/merchants/one.ts';
import { findParty } from '../../../mpesa/parties/party.ts';
import { accountBalanceProduct } from '../../../mpesa/products/account-balance/product.ts';
import { b2cProduct } from '../../../mpesa/products/b2c/product.ts';
import { c2bSettings } from '../../../mpesa/products/c2b/settings.ts';
import { systemClock } from '../../../platform/clock.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { defaultsOf } from '../../../platform/settings.ts';
import { schema } from '../../document/schema.ts';
import { readCertificate } from './certificate.ts';

const fixture = await payoutsFixture({ tables: schema });
const { database, books, opener, privateKey, publicKey, who, told } = fixture;
// Control goes by the time of the day.
fixture.clock.ms = Date.now();
const home = await mkdtemp(join(tmpdir(), 'imara-merchants-'));
after(() => rm(home, { recursive: true, force: true }));
const certificateFile = join(home, 'certificate.pem');
const pems = await generate([{ name: 'commonName', value: 'Imara SecurityCredential' }], {
  algorithm: 'sha256',
  keyPair: { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
});
await writeFile(certificateFile, pems.cert);
const callbackUrls = () => defaultsOf(c2bSettings).callbackUrl;
const merchants = { books, opener, certificateFile, privateKey: () => privateKey, callbackUrls };
const { url, token } = await installation({ database, merchants });

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  checkAnswer(method, path, response.status, answer);
  return { status: response.status, body: Object(answer), text: JSON.stringify(answer) };
}
const refusalOf = async (path: string, body: object) => {
  const { status, body: answer } = await ask('POST', path, body);
  return [status, answer.error?.code, answer.error?.message];
};
const imara = (...args: string[]) =>
  runImara(args, { IMARA_HOME: home, IMARA_CONTROL_URL: url, IMARA_OPERATOR_TOKEN: token });
const balance = async (account: string) =>
  (await ask('GET', `/accounts/${encodeURIComponent(account)}/balance`)).body.balance;

/** As a client of the vendor makes it, with the certificate that is handed out. */
async function credentialOf(password: string): Promise<string> {
  const { certificate } = (await ask('GET', '/certificate')).body;
  const key = { key: certificate, padding: constants.RSA_PKCS1_PADDING };
  return publicEncrypt(key, Buffer.from(password)).toString('base64');
}

interface Asks {
  shortCode: string;
  initiator: string;
  password: string;
}
const asks = async ({ initiator, password }: Asks) => ({
  ...who,
  Initiator: initiator,
  InitiatorName: initiator,
  SecurityCredential: await credentialOf(password),
});
const balanceOf = async (by: Asks) =>
  (
    await told(accountBalanceProduct.operations.query.paths[0], {
      ...(await asks(by)),
      CommandID: 'AccountBalance',
      PartyA: by.shortCode,
      IdentifierType: '4',
    })
  ).ResultCode;
const payout = async (by: Asks, Amount: number) =>
  (
    await told(b2cProduct.operations.payV1.paths[0], {
      ...(await asks(by)),
      CommandID: 'BusinessPayment',
      Amount,
      PartyA: by.shortCode,
      PartyB: '254708374149',
    })
  ).ResultCode;

const shop = (
  await ask('POST', '/merchants', { name: 'Duka', paybill: '700111', opening: { amount: '5000' } })
).body;
const cafe = (
  await ask('POST', '/merchants', {
    name: 'Kahawa',
    till: '5002222',
    store: '7002222',
    products: ['c2b', 'b2c'],
    opening: { amount: '40.50', source: '700111/utility' },
  })
).body;
/** Of the merchant, one after the other. */
const passkeys: string[] = [];
const of = (made: Record<string, string>): Asks => ({
  shortCode: made.shortCode ?? '',
  initiator: made.initiatorName ?? '',
  password: made.initiatorPassword ?? '',
});

test('merchants stand side by side, each with money of a named source, its own credentials and its own books', async () => {
  assert.equal(await balance('700111/working'), '5000.00');
  assert.equal(await balance('700111/utility'), '4919.00', 'the other began with some of it');
  assert.equal(await balance('float'), '-10000.00', 'what is in circulation came from somewhere');
  assert.deepEqual([await payout(of(shop), 100), await payout(of(cafe), 15)], ['0', '0'].map(Number));
  assert.equal(await balance('700111/utility'), '4819.00');
  assert.equal(await balance('7002222/utility'), '25.50');
  assert.equal(await balanceOf({ ...of(shop), password: of(cafe).password }), 2001);
  assert.equal(await payout({ ...of(cafe), shortCode: '700111' }, 15), 2001, 'nobody asks for another');
});

test('a merchant is shown by any of its numbers: accounts, initiators, roles, apps; no secret', async () => {
  const { body, text } = await ask('GET', '/merchants/5002222');
  assert.deepEqual(
    [body.name, body.kind, body.shortCode, body.tills],
    ['Kahawa', 'till', '7002222', [{ number: '5002222', name: 'Kahawa' }]],
  );
  assert.deepEqual([body.products, body.validation, body.urls], [['c2b', 'b2c'], false, null]);
  const [first] = body.initiators;
  assert.deepEqual([first.username, first.state, first.roles.length], ['api7002222', 'active', 8]);
  assert.deepEqual(body.apps[0].consumerKey, cafe.consumerKey);
  assert.deepEqual(body.accounts.map(({ account }: { account: string }) => account).toSorted(), [
    '7002222/charges',
    '7002222/utility',
    '7002222/working',
  ]);
  for (const secret of [cafe.consumerSecret, cafe.initiatorPassword, cafe.passkey])
    assert.ok(!text.includes(secret));
  assert.equal((await ask('GET', '/merchants/999999')).status, 404);
  const shown = await imara('merchant', 'show', '5002222');
  assert.match(shown.stdout, /^PartyB +5002222$/m);
  assert.match(shown.stdout, /^7002222\/utility +25\.50 +25\.50$/m);
  assert.match(shown.stdout, /^api7002222 +active +all$/m);
});

test('what an edit would not change is refused, and nothing of it is done', async () => {
  const edit = (body: object, number = '5002222') => refusalOf(`/merchants/${number}`, body);
  const cases: [object, RegExp, string?][] = [
    [{}, /nothing of 7002222 is to be changed/],
    [{ name: 'Kahawa' }, /called Kahawa already/],
    [{ name: 'Chai', validation: false }, /validation of 7002222 is off already; nothing was changed/],
    [{ products: ['b2c', 'c2b'] }, /has these products already/],
    [{ products: ['b2c'], validation: true }, /has no product c2b/],
    [
      { operator: { nominatedNumber: '254722000200', id: '7' } },
      /is a pay bill, and B2B Express asks tills/,
      '700111',
    ],
  ];
  for (const [body, says, number] of cases) {
    const [status, code, message] = await edit(body, number);
    assert.deepEqual([status, code], [409, 'no_effect']);
    assert.match(message, says);
  }
  assert.match((await edit({ products: ['c2c'] }))[2], /no product c2c: did you mean c2b\?/);
  const edited = await ask('POST', '/merchants/5002222', {
    name: 'Chai',
    products: ['c2b'],
    validation: true,
  });
  assert.deepEqual([edited.body.name, edited.body.products, edited.body.validation], ['Chai', ['c2b'], true]);
  assert.equal(await payout(of(cafe), 15), 2028, 'at once');
  const { rows } = await database.query(
    `select name, validates_payments from mpesa.organisation where head_office = '7002222' order by short_code`,
  );
  assert.deepEqual(rows, [
    { name: 'Chai', validates_payments: true },
    { name: 'Chai (store)', validates_payments: true },
  ]);
  const operator = { nominatedNumber: '254722000200', id: '7' };
  assert.deepEqual((await ask('POST', '/merchants/5002222', { operator })).body.operator, operator);
  assert.match((await edit({ operator }))[2], /has this operator already/);
  assert.equal((await findParty(database, '5002222'))?.operatorId, '7');
  assert.match((await edit({ name: 'Mine' }, '174379'))[2], /174379 is written again at each start/);
});

test('where a merchant tells account names is set and cleared, by the rules of a ValidationURL; its secret is in no answer', async () => {
  const names = { url: 'https://duka.example.com/names/', key: 'names', secret: 'Siri-2026-11' };
  const edit = async (change: object | null, number = '700111') => {
    const accountNames = change && { ...names, ...change };
    return ask('POST', `/merchants/${number}`, { accountNames });
  };
  const cases: [object | null, number, RegExp, string?][] = [
    [null, 409, /700111 is not asked whose an account is/],
    [{}, 409, /7002222 is a till/, '5002222'],
    [{ url: 'http://duka.example.com' }, 400, /no URL that may be asked/],
    [{ url: 'https://10.0.0.1/names' }, 400, /no URL that may be asked/],
    [{ url: 'https://duka.example.com/?a=b' }, 400, /has a query/],
    [{ url: 'https://duka.example.com/mpesa' }, 400, /has the word MPESA/],
    [{ key: 'a:b' }, 400, /key/],
    [{ secret: 'a b' }, 400, /secret/],
  ];
  for (const [change, status, says, number] of cases) {
    const refused = await edit(change, number);
    assert.equal(refused.status, status, refused.text);
    assert.match(refused.text, says);
    assert.doesNotMatch(refused.text, /Siri/);
  }
  const set = await edit({});
  assert.deepEqual([set.status, set.body.accountNames], [200, 'https://duka.example.com/names']);
  assert.match((await edit({})).text, /with this key and secret already/);
  const file = join(home, 'names-secret');
  await writeFile(file, `${names.secret}-2\n`);
  const given = ['--account-names', names.url, '--account-names-key', 'names'];
  const halfway = await imara('merchant', 'edit', '700111', ...given);
  assert.deepEqual([halfway.exitCode, /--account-names-secret-file/.test(halfway.stderr)], [2, true]);
  const replaced = await imara('merchant', 'edit', '700111', ...given, '--account-names-secret-file', file);
  assert.match(replaced.stderr, /https:\/\/duka\.example\.com\/names is asked whose the account is/);
  const shown = await imara('merchant', 'show', '700111');
  assert.match(shown.stdout, /^account names +https:\/\/duka\.example\.com\/names$/m);
  for (const { text } of [set, await ask('GET', '/merchants/700111')]) assert.doesNotMatch(text, /Siri/);
  for (const { stdout, stderr } of [replaced, shown]) assert.doesNotMatch(stdout + stderr, /Siri/);
  const cleared = await imara('merchant', 'edit', '700111', '--no-account-names');
  assert.match(cleared.stderr, /not asked any more/);
  assert.equal((await ask('GET', '/merchants/700111')).body.accountNames, null);
});

test('an initiator is added with roles, locked by wrong credentials, unlocked, rotated, disabled', async () => {
  const path = '/merchants/700111/initiators';
  const added = await ask('POST', path, { username: 'till-1', roles: ['balance'] });
  const it = { shortCode: '700111', initiator: 'till-1', password: added.body.password };
  assert.deepEqual(added.body.roles, ['Balance Query ORG API']);
  assert.deepEqual([await balanceOf(it), await payout(it, 15)], ['0', 21]);
  await ask('POST', `${path}/till-1/roles`, { roles: ['balance', 'ORG B2C API Initiator'] });
  assert.equal(await payout(it, 15), 0);

  assert.match((await refusalOf(`${path}/till-1/unlock`, {}))[2], /is not locked: 10 wrong credentials/);
  for (let wrong = 0; wrong < 10; wrong += 1) assert.equal(await balanceOf({ ...it, password: 'x' }), 2001);
  assert.equal(await balanceOf(it), 8006);
  assert.equal((await ask('POST', `${path}/till-1/unlock`, {})).status, 200);
  assert.equal(await balanceOf(it), '0');

  const rotated = await ask('POST', `${path}/till-1/rotate`, { password: 'Mine-2026-11' });
  assert.equal(rotated.body.password, 'Mine-2026-11');
  assert.deepEqual([await balanceOf(it), await balanceOf({ ...it, password: 'Mine-2026-11' })], [2001, '0']);
  await ask('POST', `${path}/till-1/disable`, {});
  assert.equal(await balanceOf({ ...it, password: 'Mine-2026-11' }), 2001);
  const { initiators } = (await ask('GET', '/merchants/700111')).body;
  assert.deepEqual(
    initiators.map(({ username, state }: { username: string; state: string }) => [username, state]),
    [
      ['api700111', 'active'],
      ['till-1', 'disabled'],
    ],
  );
  await ask('POST', `${path}/till-1/enable`, {});
  assert.equal(await balanceOf({ ...it, password: 'Mine-2026-11' }), '0');
});

test('what cannot be done to an initiator is said, with what can', async () => {
  const path = '/merchants/700111/initiators';
  const cases: [string, object, number, RegExp][] = [
    [path, { username: 'api700111', roles: [] }, 409, /has an initiator api700111/],
    [path, { username: 'x', roles: ['balanse'] }, 400, /did you mean balance\?/],
    [path, { username: 'a b', roles: [] }, 400, /username/],
    [path, { username: 'x', roles: [], password: 'short' }, 400, /password/],
    [`${path}/nobody/unlock`, {}, 404, /has no initiator nobody; `merchant show 700111`/],
    [`${path}/api700111/enable`, {}, 409, /is enabled already/],
    [`${path}/till-1/roles`, { roles: ['b2c', 'balance'] }, 409, /has these roles already/],
    ['/merchants/999999/initiators', { username: 'x', roles: [] }, 404, /no merchant 999999/],
  ];
  for (const [to, body, status, says] of cases) {
    const [answered, , message] = await refusalOf(to, body);
    assert.equal(answered, status, message);
    assert.match(message, says);
  }
});

test('money comes once, from an account that has it, and never from nothing', async () => {
  const money = (body: object) => ask('POST', '/merchants/700111/money', body);
  const before = Number(await balance('700111/utility'));
  const id = randomUUID();
  const order = { id, account: 'utility', amount: '12.50', source: 'float' };
  assert.equal(Number((await money(order)).body.balance), before + 12.5);
  assert.equal((await money(order)).status, 200);
  assert.equal(Number(await balance('700111/utility')), before + 12.5, 'given twice, moved once');
  const cases: [object, number, RegExp][] = [
    [{ ...order, amount: '13' }, 409, /this id was used/],
    [{ ...order, id: randomUUID(), source: '7002222/utility', amount: '1000' }, 409, /has too little/],
    [{ ...order, id: randomUUID(), source: '254700000009' }, 409, /has never had money/],
    [{ ...order, id: randomUUID(), source: 'nothing' }, 400, /is no account/],
    [{ ...order, id: randomUUID(), source: '700111/utility' }, 409, /cannot pay itself/],
    [{ ...order, id: randomUUID(), account: 'utilty' }, 400, /did you mean utility\?/],
    [{ ...order, id: randomUUID(), amount: '0' }, 409, /moves nothing/],
  ];
  for (const [body, status, says] of cases) {
    const { status: answered, text } = await money(body);
    assert.equal(answered, status, text);
    assert.match(text, says);
  }
  const poor = { name: 'Maskini', paybill: '700333', opening: { amount: '1', source: '7002222/working' } };
  assert.equal(
    (await ask('POST', '/merchants', { ...poor, opening: { ...poor.opening, amount: '100' } })).status,
    409,
  );
  assert.equal((await ask('GET', '/merchants/700333')).status, 404, 'nothing is left of it');
  const made = await ask('POST', '/merchants', poor);
  assert.deepEqual([made.status, made.body.opening], [201, { moved: true, why: null }]);
  const again = await ask('POST', '/merchants/700333/opening', {});
  assert.deepEqual(again.body, { shortCode: '700333', amount: '1', source: '7002222/working' });
  assert.equal(await balance('700333/working'), '1.00', 'asked again, moved once');
});

test('a merchant is there or not; what it begins with moves when it is, and is resumed where that failed', async () => {
  const { body: before } = await ask('GET', '/accounts/float/balance');
  const refused = { name: 'Kahawa', till: '5002222', store: '700444', opening: { amount: '9' } };
  assert.equal((await ask('POST', '/merchants', refused)).status, 409, 'the till is somebody’s');
  const float = async () => (await ask('GET', '/accounts/float/balance')).body.balance;
  assert.equal(await float(), before.balance, 'nothing moved for a merchant that is not there');

  // The source has enough when it is asked for, and too little when it is to pay.
  const { post } = books;
  books.post = (entry, deadline) => {
    books.post = post;
    const empty = {
      ...entry,
      transfers: entry.transfers.map((each) => ({ ...each, amountCents: 10n ** 12n })),
    };
    return post.call(books, empty as typeof entry, deadline);
  };
  const made = await ask('POST', '/merchants', {
    name: 'Baadaye',
    paybill: '700444',
    opening: { amount: '9', source: '700111/utility' },
  });
  books.post = post;
  assert.equal(made.status, 201);
  assert.equal(made.body.opening.moved, false);
  assert.match(made.body.opening.why, /700111\/utility has too little/);
  const shown = await imara('merchant', 'show', '700444');
  assert.match(shown.stderr, /700111\/utility did not pay yet: `npx imara merchant open 700444`/);
  const opened = await imara('merchant', 'open', '700444');
  assert.equal(opened.stdout, 'KES 9 from 700111/utility to each of 700444/working and 700444/utility\n');
  assert.equal(await balance('700444/utility'), '9.00');
  assert.equal((await ask('GET', '/merchants/700444')).body.opening.movedAt === null, false);
  const none = await ask('POST', '/merchants', { name: 'Bila', paybill: '700555' });
  assert.equal(none.body.opening, null);
  assert.match((await refusalOf('/merchants/700555/opening', {}))[2], /made to begin without money/);
});

test('a passkey is replaced; the one before it is taken for as long as was said, and no other', async () => {
  /** By a query, which looks at who signed it before anything else. */
  const signs = async (passkey: string) => {
    const { body } = await fixture.api.post(QUERY, {
      BusinessShortCode: '700111',
      Password: passwordOf('700111', passkey),
      Timestamp: TIMESTAMP,
      CheckoutRequestID: 'ws_CO_none',
    });
    return body.errorMessage === 'The transaction does not Exist';
  };
  const known = (passkey: string) => until('the API knows the new passkey', () => signs(passkey));
  assert.equal(await signs(shop.passkey), true);
  const { body: first } = await ask('POST', '/merchants/700111/passkey', {});
  assert.equal(Math.round((Date.parse(first.formerUntil) - Date.now()) / 3_600_000), 24);
  await known(first.passkey);
  assert.equal(await signs(shop.passkey), true, 'beside the new one');
  fixture.clock.ms = Date.parse(first.formerUntil);
  assert.deepEqual([await signs(shop.passkey), await signs(first.passkey)], [false, true], 'for a day');
  const second = await imara('merchant', 'passkey', 'rotate', '700111', '--grace', '0');
  assert.match(second.stderr, /The one before it is wrong from now on/);
  const newest = second.stdout.trim();
  await known(newest);
  for (const wrong of [first.passkey, shop.passkey]) assert.equal(await signs(wrong), false);
  assert.equal((await imara('merchant', 'passkey', 'rotate', '700111', '--grace', 'x')).exitCode, 2);
  assert.match((await refusalOf('/merchants/174379/passkey', {}))[2], /written again at each start/);
  assert.equal((await ask('POST', '/merchants/999999/passkey', {})).status, 404);
  const { text } = await ask('GET', '/merchants/700111');
  for (const secret of [newest, first.passkey]) assert.ok(!text.includes(secret));
  passkeys.push(newest, first.passkey);
});

test("an app is made and its secret replaced; that of an app that is no merchant's is not", async () => {
  const check = () => createCredentialCheck({ database, clock: systemClock, log: pino({ level: 'silent' }) });
  const fits = async (app: { consumerKey: string; consumerSecret: string }) =>
    (await check()(app, Deadline.in(5_000))).ok;
  const { body: app } = await ask('POST', '/merchants/700111/apps', { name: 'counter' });
  assert.equal(await fits(app), true);
  const rotated = await ask('POST', `/apps/${app.id}/rotate`, { reason: 'it leaked' });
  assert.deepEqual(
    [await fits(app), await fits({ ...app, consumerSecret: rotated.body.consumerSecret })],
    [false, true],
  );
  assert.deepEqual(
    (await ask('GET', '/merchants/700111')).body.apps.map(({ name }: { name: string }) => name),
    ['Duka', 'counter'],
  );
  await database.query(`insert into auth.app (name, consumer_key, secret_hash) values ('sandbox', 'k', 'x')`);
  assert.match(
    (await ask('POST', '/apps/sandbox/rotate', { reason: 'x' })).text,
    /written again at each start/,
  );
});

test('the certificate is handed out only while it is the one of the key that opens credentials', async () => {
  const pem = await imara('merchant', 'certificate');
  assert.match(pem.stdout, /^-----BEGIN CERTIFICATE-----/);
  const password = join(home, 'password');
  await writeFile(password, `${of(shop).password}\n`);
  const { stdout, stderr } = await imara('initiator', 'credential', '--password-file', password);
  assert.match(stdout, /^[\w+/]{342}==\n$/, stderr);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const strange = other.export({ type: 'pkcs8', format: 'pem' }).toString();
  const wrong = await readCertificate({ certificateFile, privateKey: () => strange });
  assert.match('why' in wrong ? wrong.why : '', /is not the certificate of IMARA_CREDENTIAL_KEY/);
  const none = await readCertificate({ certificateFile: join(home, 'none'), privateKey: () => strange });
  assert.match('why' in none ? none.why : '', /cannot be read/);
});

test('commands say what was done and what there is to do; what has no effect ends with status 3', async () => {
  const none = await imara('merchant', 'edit', '700111', '--name', 'Duka');
  assert.deepEqual([none.exitCode, /called Duka already/.test(none.stderr)], [3, true]);
  const added = await imara('initiator', 'add', '700111', 'desk', '--roles', 'status,balance');
  assert.match(added.stdout, /^[\w-]{24}\n$/);
  assert.match(added.stderr, /It may: Transaction Status query ORG API; Balance Query ORG API\./);
  const funded = await imara('merchant', 'fund', '700111', '5', '--to', 'working');
  assert.match(funded.stdout, /^KES 5\.00 from float to 700111\/working, which has 5005\.00 now\n$/);
});

test('R15: each change is in the journal with who made it; no secret is', async () => {
  const { rows } = await database.query<{ kind: string; actor: string; data: object }>(
    'select kind, actor, data from control.journal order by sequence',
  );
  const kinds = new Set(rows.map(({ kind }) => kind));
  for (const kind of ['created', 'opened', 'passkey', 'changed', 'funded', 'app'].map(
    (one) => `merchant.${one}`,
  ))
    assert.ok(kinds.has(kind), kind);
  for (const kind of ['added', 'roles', 'unlock', 'rotate', 'disable', 'enable'])
    assert.ok(kinds.has(`initiator.${kind}`), kind);
  assert.ok(rows.every(({ actor }) => actor === 'amina'));
  const text = JSON.stringify(rows);
  for (const secret of [
    'Siri-2026-11',
    'Mine-2026-11',
    cafe.consumerSecret,
    cafe.initiatorPassword,
    cafe.passkey,
    ...passkeys,
  ])
    assert.ok(!text.includes(secret));
});

test('every operation of one merchant and of initiators, and the new secret of an app, was answered as its schema says', () => {
  const promised = Object.keys({
    ...oneMerchantOperations,
    ...initiatorOperations,
    'POST /apps/:id/rotate': true,
  });
  assert.deepEqual(
    promised.filter((key) => !answered.has(key)),
    [],
  );
});
