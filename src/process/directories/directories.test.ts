import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { answered, checkAnswer } from '../../../test/control/answers.ts';
import { noBooks } from '../../../test/control/installation.ts';
import { managed } from '../../../test/control/world.ts';
import { testDatabase } from '../../../test/database.ts';
import { createApp } from '../../auth/server/apps.ts';
import { createCredentialCheck } from '../../auth/server/credentials.ts';
import { currentRevocations } from '../../auth/server/revocations.ts';
import { makeToken } from '../../auth/token.ts';
import { appOperations } from '../../control/contract/resources/directories/apps.ts';
import { merchantOperations } from '../../control/contract/resources/directories/merchants.ts';
import { createControl } from '../../control/control.ts';
import { newToken, putOperator } from '../../control/operators.ts';
import { defaultControlSettings } from '../../control/settings.ts';
import { insertCallbacks } from '../../delivery/outbox/enqueue.ts';
import { createInitiators } from '../../mpesa/parties/initiators/security-credential/check.ts';
import { organisations } from '../../mpesa/parties/organisations.ts';
import { isPasskeyOf } from '../../mpesa/parties/passkey.ts';
import { sandboxTill, seedTill } from '../../mpesa/parties/sandbox.ts';
import { insertRequests } from '../../mpesa/requests/acceptance/insert.ts';
import { systemClock } from '../../platform/clock.ts';
import { inTransaction } from '../../platform/database/database.ts';
import { Deadline } from '../../platform/deadline.ts';
import { newKeyPair, signerEd25519 } from '../../rollout/signed/signature.ts';
import { schema } from '../document/schema.ts';
import { accountDirectory } from './accounts.ts';
import { appDirectory } from './apps.ts';
import { callbackDirectory } from './callbacks.ts';
import { faultDirectory } from './faults.ts';
import { merchantDirectory } from './merchants/directory.ts';
import { paymentDirectory } from './payments/directory.ts';
import { IMPACT } from './payments/impact.ts';
import { idAt } from './payments/summary.ts';

const { database } = await testDatabase(schema);
await seedTill(database, 'passkey');
const log = pino({ level: 'silent' });
const token = newToken();
await putOperator(database, { name: 'amina', role: 'editor', token });
const viewer = newToken();
await putOperator(database, { name: 'juma', role: 'viewer', token: viewer });
const control = createControl({
  name: 'control',
  database,
  leaderDatabase: database,
  signer: signerEd25519('key', newKeyPair().privateKey),
  keys: () => [],
  agentToken: 'agents',
  services: [managed],
  settings: () => defaultControlSettings,
  clock: systemClock,
  log,
  registry: new Registry(),
  directories: {
    apps: appDirectory,
    merchants: merchantDirectory(noBooks),
    callbacks: callbackDirectory,
    faults: faultDirectory(true),
    payments: paymentDirectory,
    accounts: accountDirectory,
  },
});
const port = await control.start({ host: '127.0.0.1', port: 0 });
after(() => control.close());

async function ask(method: string, path: string, body?: object, by = token) {
  const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${by}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  checkAnswer(method, path, response.status, JSON.parse(text));
  return { status: response.status, text };
}
async function passkeyFits(shortCode: string, passkey: string): Promise<boolean> {
  const known = await organisations(database).find(shortCode, Deadline.in(5_000));
  return known.found && isPasskeyOf(known.organisation, Buffer.from(passkey), Date.now());
}

/**
 * What the answer to an initiator's request says of the initiator; its password comes as it is, not
 * encrypted.
 */
async function askedBy(
  { initiatorName: initiator, initiatorPassword }: { initiatorName: string; initiatorPassword: string },
  shortCode: string,
): Promise<string | undefined> {
  const initiators = createInitiators({
    database,
    opener: { open: async (credentials) => credentials },
    settings: () => ({ securityCredential: 'checked' }),
    clock: systemClock,
  });
  const question = { id: 'q', shortCode, initiator, securityCredential: initiatorPassword };
  return (await initiators.judge([question], 'Balance Query ORG API', Deadline.in(5_000))).get('q');
}

const reason = 'the key leaked';
const shop = await createApp(database, { name: 'shop' });
const other = await createApp(database, { name: 'other' });
const verifies = async ({ consumerKey, consumerSecret }: Omit<typeof shop, 'appId'>) => {
  const check = createCredentialCheck({ database, clock: systemClock, log });
  return (await check({ consumerKey, consumerSecret }, Deadline.in(5_000))).ok;
};

test('a disabled app gets no token and loses those it has; enabled, it may fetch again', async () => {
  assert.ok((await ask('GET', '/apps')).text.includes(shop.consumerKey));
  assert.ok(!(await ask('GET', '/apps')).text.includes(shop.consumerSecret));
  const before = Date.now() / 1_000;
  assert.equal((await ask('POST', '/apps/shop/disable', { reason })).status, 200);
  assert.deepEqual([await verifies(shop), await verifies(other)], [false, true]);
  const { apps } = await currentRevocations(database, Date.now());
  assert.ok((apps[shop.appId] ?? 0) > before, 'also what a server issues that still remembers its secret');
  assert.equal((await ask('POST', `/apps/${shop.consumerKey}/enable`, { reason })).status, 200);
  assert.equal(await verifies(shop), true);
  assert.match((await ask('POST', '/apps/nobody/disable', { reason })).text, /there is no app nobody/);
});

test('an app may ask for what an operator says; a product that is not there is named with the nearest one', async () => {
  const set = (products: unknown) => ask('POST', '/apps/shop/products', { products, reason });
  const listed = async () => {
    const { apps } = JSON.parse((await ask('GET', '/apps')).text);
    return apps.find(({ name }: { name: string }) => name === 'shop').products;
  };
  assert.equal(await listed(), null);
  assert.equal((await set(['stk', 'stk-query'])).status, 200);
  assert.deepEqual(await listed(), ['stk', 'stk-query']);
  const wrong = await set(['stk-querry']);
  assert.deepEqual([wrong.status, /did you mean stk-query\?/.test(wrong.text)], [400, true], wrong.text);
  assert.equal((await set([])).status, 400);
  assert.deepEqual(await listed(), ['stk', 'stk-query']);
  assert.equal((await set(null)).status, 200);
  assert.equal(await listed(), null);
});

test('one token ends, and the others of its app go on', async () => {
  const fields = { generation: 1, appId: other.appId, issuedAtMs: Date.now(), lifetimeMinutes: 60 };
  const leaked = makeToken(fields, Buffer.alloc(32));
  assert.equal((await ask('POST', '/tokens/revoke', { token: leaked, reason })).status, 200);
  const { tokens, apps } = await currentRevocations(database, Date.now());
  assert.equal(tokens.length, 1);
  assert.equal(apps[other.appId], undefined);
  assert.match((await ask('POST', '/tokens/revoke', { token: 'abc', reason })).text, /is no access token/);
});

test('a merchant with a till gets credentials that work, this once', async () => {
  const wanted = { name: 'Mama Mboga', till: '5001234', store: '7001234' };
  const made = await ask('POST', '/merchants', wanted);
  assert.equal(made.status, 201, made.text);
  const merchant = JSON.parse(made.text);
  assert.deepEqual([merchant.kind, merchant.shortCode, merchant.partyB], ['till', '7001234', '5001234']);
  assert.ok(await passkeyFits('7001234', merchant.passkey));
  assert.ok(await verifies(merchant));
  assert.equal(await askedBy(merchant, '5001234'), 'ok');
  assert.equal(await askedBy({ ...merchant, initiatorPassword: 'other' }, '5001234'), 'invalid');
  const listed = await ask('GET', '/merchants');
  const all: { partyB: string; name: string; kind: string }[] = JSON.parse(listed.text).merchants;
  const own = all.find(({ partyB }) => partyB === '5001234');
  assert.deepEqual([own?.name, own?.kind], ['Mama Mboga', 'till']);
  for (const secret of [
    merchant.passkey,
    merchant.consumerKey,
    merchant.consumerSecret,
    merchant.initiatorPassword,
  ])
    assert.ok(!listed.text.includes(secret));
});

test('a merchant without a number is given one; a number that is taken is refused, and nothing is left of it', async () => {
  const made = JSON.parse((await ask('POST', '/merchants', { name: 'Duka' })).text);
  assert.match(made.shortCode, /^7\d{6}$/);
  assert.equal(made.partyB, made.shortCode);
  const apps = async () => JSON.parse((await ask('GET', '/apps')).text).apps.length;
  const before = await apps();
  const taken = await ask('POST', '/merchants', { name: 'Other', till: sandboxTill.till, store: '7009999' });
  assert.deepEqual([taken.status, /"taken"/.test(taken.text)], [409, true]);
  const left = await organisations(database).find('7009999', Deadline.in(5_000));
  assert.deepEqual([left.found, await apps()], [false, before]);
  for (const wrong of [
    { name: '' },
    { name: 'a\u0000b' },
    { name: 'x', paybill: '12' },
    { name: 'x', paybill: '700100', till: '700200' },
  ])
    assert.equal((await ask('POST', '/merchants', wrong)).status, 400);
});

async function enqueue(host: string, shortCode = '174379', headers: Record<string, string> = {}) {
  const id = randomUUID();
  const all = { Businessshortcode: shortCode, ...headers };
  const callback = { id, url: `http://${host}/paid`, headers: all, body: '{}', dueAt: new Date(0) };
  await insertCallbacks(database, [callback]);
  return id;
}

const balanceRequest = {
  product: 'account-balance',
  conversationId: 'AG_20261123_20100123456789abcdef',
  originatorConversationId: '1',
  appId: 'app',
  shortCode: '174379',
  initiator: 'testapi',
  securityCredential: '',
  details: {},
  resultUrl: 'http://b.test/result',
  queueTimeoutUrl: 'http://b.test/timeout',
};

const settle = (id: string, state: string) =>
  database.query('update delivery.callback set state = $2, attempts = 1, settled_at = now() where id = $1', [
    id,
    state,
  ]);

test('callbacks are found by state, receiver and payment; those of synthetic payments when asked for', async () => {
  const [failed, waiting] = [await enqueue('a.test'), await enqueue('b.test')];
  const synthetic = await enqueue('c.test', '100100');
  await settle(failed, 'exhausted');
  const found = async (query: string) =>
    JSON.parse((await ask('GET', `/callbacks?${query}`)).text).callbacks.map(({ id }: { id: string }) => id);
  assert.deepEqual(await found('state=exhausted'), [failed]);
  assert.deepEqual(await found('host=b.test'), [waiting]);
  assert.deepEqual(await found(`payment=${failed}`), [failed]);
  assert.deepEqual(await found('payment=ws_CO_nobody'), []);
  await insertRequests(database, [{ ...balanceRequest, id: waiting }], {
    acceptedAtMs: Date.now(),
    timeoutMs: 60_000,
  });
  assert.deepEqual(await found(`payment=${balanceRequest.conversationId}`), [waiting]);
  await database.query(
    `update mpesa.request set state = 'paying', security_credential = null, receipt = 'UKN1'`,
  );
  assert.deepEqual(await found('payment=UKN1'), [waiting]);
  await database.query(
    `insert into mpesa.payment (id, kind, source, conversation_id, originator_conversation_id, msisdn, payee,
       account_reference, amount_cents, accepted_at, state, receipt)
     values ($1, 'pay_bill', 'phone', 'c', 'o', '254700000001', '600000', '', 100, now(), 'paying', 'UKN2')`,
    [failed],
  );
  assert.deepEqual(await found('payment=UKN2'), [failed]);
  const [before, between] = ['2026-01-01T00:00:00Z', new Date().toISOString()];
  assert.deepEqual((await found(`since=${before}`)).toSorted(), [failed, waiting].toSorted());
  const bill = await enqueue('bill.test');
  assert.deepEqual(await found(`since=${between}`), [bill]);
  await database.query(
    `insert into mpesa.bill_payment (id, receipt, short_code, msisdn, amount_cents, account_reference, paid_at)
     values ($1, 'UKN2', '600000', '254700000001', 100, 'G70', now())`,
    [bill],
  );
  const twice = (await found('payment=UKN2')).toSorted();
  assert.deepEqual(twice, [bill, failed].toSorted(), 'told to its merchant, and to the biller');
  const shown = async (named: string) => JSON.parse((await ask('GET', `/callbacks/${named}`)).text).id;
  assert.equal(await shown('UKN2'), failed);
  await database.query(`update mpesa.bill_payment set receipt = 'UKN3'`);
  assert.equal(await shown('UKN3'), bill);
  await database.query('delete from delivery.callback where id = $1', [bill]);
  assert.deepEqual((await found('')).toSorted(), [failed, waiting].toSorted());
  assert.equal((await found('limit=1')).length, 1);
  assert.ok((await found('synthetic=true')).includes(synthetic));
  for (const wrong of ['?state=lost', '?payment=a%00', '?host=%0a', '/%00', '?limit=0'])
    assert.equal((await ask('GET', `/callbacks${wrong}`)).status, 400, wrong);
});

test('what failed between two instants is counted from the books, to the cent, without synthetic payments', async () => {
  const from = Date.parse('2026-02-01T09:00:00Z');
  let made = 0;
  /** `code`: `null` while it is open. */
  const pays = async (afterMs: number, payee: string, cents: bigint, code: string | null) => {
    made += 1;
    const at = new Date(from + afterMs);
    await database.query(
      `insert into mpesa.payment (id, kind, source, conversation_id, originator_conversation_id, msisdn, payee,
         account_reference, amount_cents, accepted_at, state, result_code, resolved_at)
       values ($1, 'pay_bill', 'phone', $2, $2, '254700000001', $3, '', $4, $5, $6, $7, $8)`,
      [
        ...[
          idAt(at.getTime() - 5).replace(/.{4}$/, String(1_000 + made)),
          `impact-${made}`,
          payee,
          cents,
          at,
        ],
        ...(code === null ? ['paying', null, null] : ['resolved', code, at]),
      ],
    );
  };
  await pays(-1, '600000', 1_00n, '1');
  await pays(0, '600000', 10_00n, '1');
  await pays(1_000, '600000', 10_01n, '2001');
  await pays(1_500, '600001', 90_071_992_547_409_93n, '1');
  await pays(2_000, '600000', 30_00n, '0');
  await pays(2_500, '600002', 40_00n, null);
  await pays(3_000, '100100', 50_00n, '1');
  await pays(60_000, '600003', 60_00n, '1');
  const asked = (to: string) => `/payments/impact?from=${new Date(from).toISOString()}&to=${to}`;
  const { text } = await ask('GET', asked('2026-02-01T09:01:00.000Z'), undefined, viewer);
  assert.deepEqual(JSON.parse(text), {
    failedPayments: 3,
    amountCents: String(10_00n + 10_01n + 90_071_992_547_409_93n),
    merchants: 2,
    openPayments: 1,
  });
  assert.equal((await ask('GET', asked('2026-02-01T08:00:00.000Z'))).status, 400);
  const values = IMPACT.replaceAll(/\$\d/g, (value) => (value > '$2' ? 'now()' : `'${idAt(from)}'`));
  const rows = await inTransaction(database, async (client) => {
    // Of a table of a page any plan reads all.
    await client.query('set local enable_seqscan = off');
    return (await client.query<{ 'QUERY PLAN': string }>(`explain ${values}`)).rows;
  });
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  for (const key of ['stk_push_pkey', 'request_pkey', 'payment_pkey'])
    assert.match(plan, new RegExp(`on ${key}|using ${key}`), plan);
});

test('a callback is shown with every attempt, its secrets masked', async () => {
  const id = await enqueue('shop.test', '174379', { Authorization: 'Bearer s3cret' });
  await database.query(
    `insert into delivery.attempt (id, callback_id, n, at, outcome, status, duration_ms, reason, response)
     values ($1, $2, 1, now(), 'rejected', 500, 12, 'HTTP 500', 'try later')`,
    [randomUUID(), id],
  );
  const { headers, log: attempts } = JSON.parse((await ask('GET', `/callbacks/${id}`)).text);
  assert.deepEqual(headers, { Businessshortcode: '174379', Authorization: '••••' });
  assert.deepEqual(
    attempts.map((each: { status: number; response: string }) => [each.status, each.response]),
    [[500, 'try later']],
  );
  assert.equal((await ask('GET', `/callbacks/${randomUUID()}`)).status, 404);
});

test('a failed callback is sent again; one that was delivered, or is still to be sent, is not', async () => {
  const id = await enqueue('shop.test');
  const resend = async () => {
    const { status, text } = await ask('POST', `/callbacks/${id}/resend`);
    const { state, error } = JSON.parse(text);
    return error?.code ?? `${status} ${state}`;
  };
  assert.equal(await resend(), 'pending');
  await settle(id, 'exhausted');
  assert.equal(await resend(), '200 pending');
  const { rows } = await database.query('select state, attempts from delivery.callback where id = $1', [id]);
  assert.deepEqual([rows[0].state, rows[0].attempts], ['pending', 0]);
  await settle(id, 'delivered');
  assert.equal(await resend(), 'delivered');
  assert.equal((await ask('POST', '/callbacks/nothing/resend')).status, 404);
});

test('who may only look makes no merchant and sends nothing again', async () => {
  assert.equal((await ask('GET', '/callbacks', undefined, viewer)).status, 200);
  assert.equal((await ask('POST', '/merchants', { name: 'Duka' }, viewer)).status, 403);
  assert.equal((await ask('POST', `/callbacks/${randomUUID()}/resend`, undefined, viewer)).status, 403);
  assert.equal((await ask('GET', '/merchants', undefined, 'nobody')).status, 401);
});

test('R15: who did it, and why, is in the journal; no secret is', async () => {
  const { rows } = await database.query<{ kind: string; actor: string; data: { reason?: string } }>(
    `select kind, actor, data from control.journal order by sequence`,
  );
  assert.deepEqual(
    rows.map(({ kind, actor, data }) => [kind, actor, data.reason]),
    [
      ...['app.disabled', 'app.enabled', 'app.products', 'app.products', 'token.revoked'].map((kind) => [
        kind,
        'amina',
        reason,
      ]),
      ...['merchant.created', 'merchant.created', 'callback.resent'].map((kind) => [
        kind,
        'amina',
        undefined,
      ]),
    ],
  );
  assert.doesNotMatch(JSON.stringify(rows), /passkey|consumer|password/i);
});

test('every operation of apps, tokens, merchants and callbacks was answered as its schema says', () => {
  // That of secrets needs the app of a merchant: it is answered in the test of those.
  const { 'POST /apps/:id/rotate': _, ...ofApps } = appOperations;
  const promised = Object.keys({ ...ofApps, ...merchantOperations });
  assert.deepEqual(
    promised.filter((key) => !answered.has(key)),
    [],
  );
});
