import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import Mpesa from 'mpesa-node';
import { Registry } from 'prom-client';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { startReceiver } from '../../../../test/mpesa/receiver.ts';
import {
  credentialOf,
  PASSWORD,
  requestsFixture,
  SHORT_CODE,
  settleAll,
} from '../../../../test/mpesa/requests.ts';
import { until } from '../../../../test/until.ts';
import { createDelivery } from '../../../delivery/deliver.ts';
import { deliverySettings } from '../../../delivery/settings.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { defaultsOf } from '../../../platform/settings.ts';
import { settledProducts } from '../../catalogue.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { runRequests } from '../../requests/settlement/run.ts';
import { accountBalanceProduct } from './product.ts';

const fixture = await requestsFixture();
const { database, books, clock, log, good, publicKey, settings } = fixture;
const api = await startMpesaApi({ database, clock });
api.settings.requests.callbackUrl = { ...api.settings.requests.callbackUrl, ...anywhere() };
const PATH = accountBalanceProduct.operations.query.paths[0];
const receiver = await startReceiver();
const timeouts = await startReceiver();
const delivery = createDelivery({
  database,
  settings: () => ({ ...defaultsOf(deliverySettings), ...anywhere(), pollMs: 20 }),
  clock,
  log,
  registry: new Registry(),
});
const delivering = delivery.run();
const stop = new AbortController();
const working = runRequests(fixture.worker({ products: settledProducts }), {
  database,
  signal: stop.signal,
  log,
});
after(async () => {
  stop.abort();
  await working;
  await delivery.close();
  await delivering;
  await Promise.all([receiver.close(), timeouts.close()]);
});
afterEach(async () => {
  settings.securityCredential = 'checked';
  await database.query('update mpesa.initiator set wrong_in_row = 0, locked_until = null');
});

function anywhere() {
  return { allowPlainHttp: true, allowPrivateTargets: true };
}

/** As the vendor's sample sends it. */
const ask = (changes: Record<string, unknown> = {}) => ({
  Initiator: 'testapi',
  SecurityCredential: good,
  CommandID: 'AccountBalance',
  PartyA: SHORT_CODE,
  IdentifierType: '4',
  Remarks: 'ok',
  QueueTimeOutURL: timeouts.url,
  ResultURL: receiver.url,
  ...changes,
});

type Told = { Result: Record<string, unknown> };

async function told(conversationId: unknown, to = receiver) {
  const bodies = () => to.received.map(({ body }) => (body as Told).Result);
  return until(`${conversationId} is told`, () =>
    bodies().find(({ ConversationID }) => ConversationID === conversationId),
  );
}

async function asked(changes: Record<string, unknown> = {}) {
  const { status, body } = await api.post(PATH, ask(changes));
  assert.equal(status, 200, JSON.stringify(body));
  return told(body.ConversationID);
}

const soon = () => Deadline.in(5_000);
const own = (kind: 'working' | 'utility' | 'charges') => accounts.organisation(SHORT_CODE, kind);

/** Money of the organisation, and a payment out of it that is not decided yet. */
async function fillBooks(): Promise<void> {
  await books.openAccounts(
    [
      { id: accounts.float, kind: 'operator', floorCents: null, ceilingCents: null },
      ...[own('working'), own('utility')].map((id) => {
        return { id, kind: 'merchant' as const, floorCents: 0n, ceilingCents: null };
      }),
      { id: own('charges'), kind: 'merchant', floorCents: null, ceilingCents: null },
    ],
    soon(),
  );
  const id = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
  const move = (n: number, debit: bigint, credit: bigint, amountCents: bigint) =>
    ({ kind: 'single', id: id(n), debit, credit, amountCents, code: 'test' }) as const;
  const reserved = { kind: 'pending', id: id(4), debit: own('working'), credit: own('utility') } as const;
  for (const transfer of [
    move(1, accounts.float, own('working'), 70_000_000n),
    move(2, accounts.float, own('utility'), 22_803_705n),
    move(3, own('charges'), accounts.float, 154_000n),
    { ...reserved, amountCents: 5_000n, code: 'test', expiresAt: new Date(clock.ms + 86_400_000) },
  ])
    assert.equal((await books.post({ transfers: [transfer] }, soon())).applied, true);
}

test('it is acknowledged at once, and told what the books hold, to the letter', async () => {
  await fillBooks();
  const { status, body } = await api.post(PATH, ask());
  assert.equal(status, 200);
  const { OriginatorConversationID, ConversationID, ...rest } = body;
  assert.deepEqual(rest, {
    ResponseCode: '0',
    ResponseDescription: 'Accept the service request successfully.',
  });
  assert.match(String(ConversationID), /^AG_20261123_2010[0-9a-f]{16}$/);
  assert.match(String(OriginatorConversationID), /^[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\d+$/);
  const result = await told(ConversationID);
  assert.deepEqual(result, {
    ResultType: '0',
    ResultCode: '0',
    ResultDesc: 'The service request is processed successfully.',
    OriginatorConversationID,
    ConversationID,
    TransactionID: 'UKN0000000',
    ResultParameters: {
      ResultParameter: [
        {
          Key: 'AccountBalance',
          Value:
            'Working Account|KES|700000.00|699950.00|50.00|0.00&Float Account|KES|0.00|0.00|0.00|0.00&' +
            'Utility Account|KES|228037.05|228037.05|0.00|50.00&Charges Paid Account|KES|-1540.00|-1540.00|0.00|0.00&' +
            'Organization Settlement Account|KES|0.00|0.00|0.00|0.00',
        },
        { Key: 'BOCompletedTime', Value: 20261123120000 },
      ],
    },
    ReferenceData: {
      ReferenceItem: {
        Key: 'QueueTimeoutURL',
        Value: 'https://internalsandbox.safaricom.co.ke/mpesa/abresults/v1/submit',
      },
    },
  });
  assert.equal(timeouts.received.length, 0);
});

test('of a till it shows what its head office holds, with a merchant account', async () => {
  await seedOrganisation(database, {
    shortCode: '5001234',
    name: 'Till',
    kind: 'till',
    headOffice: SHORT_CODE,
  });
  for (const identifierType of ['2', 2, '4']) {
    const { ResultCode, ResultParameters } = await asked({ PartyA: 5001234, IdentifierType: identifierType });
    assert.equal(ResultCode, '0');
    const [{ Value }] = (ResultParameters as { ResultParameter: [{ Value: string }] }).ResultParameter;
    assert.match(
      Value,
      /^Working Account\|KES\|700000.00.*&Organization Settlement Account[^&]*&Merchant Account\|KES\|0.00/,
    );
  }
});

test('a failure is told in numbers, with the time alone, as an object and not an array', async () => {
  const cases: [Record<string, unknown>, number | string, string][] = [
    [{ Initiator: 'nobody' }, 2001, 'The initiator information is invalid.'],
    [{ SecurityCredential: credentialOf('wrong', publicKey) }, 2001, 'The initiator information is invalid.'],
    [{ PartyA: '999999' }, 2001, 'The initiator information is invalid.'],
    [{ Initiator: 'no-roles' }, 21, 'The initiator is not allowed to initiate this request'],
    [{ IdentifierType: '2' }, 'SFC_IC0003', 'The operator does not exist.'],
    [{ IdentifierType: 1 }, 'SFC_IC0003', 'The operator does not exist.'],
  ];
  for (const [changes, code, text] of cases) {
    const { ResultType, ResultCode, ResultDesc, ResultParameters, TransactionID } = await asked(changes);
    assert.deepEqual(
      [ResultType, ResultCode, ResultDesc, TransactionID],
      [0, code, text, 'UKN0000000'],
      JSON.stringify(changes),
    );
    assert.deepEqual(ResultParameters, {
      ResultParameter: { Key: 'BOCompletedTime', Value: 20261123120000 },
    });
  }
});

test('a locked credential is told as a recording of the vendor has it', async () => {
  const wrong = { SecurityCredential: credentialOf('wrong', publicKey) };
  for (let n = 0; n < 10; n += 1) assert.equal((await asked(wrong)).ResultCode, 2001);
  const { ResultCode, ResultDesc, ResultParameters } = await asked();
  assert.deepEqual([ResultCode, ResultDesc], [8006, 'The security credential is locked.']);
  assert.deepEqual(ResultParameters, {
    ResultParameter: [
      { Key: 'ActionType', Value: 'AccountBalance' },
      { Key: 'ErrorMsg', Value: 'API Password is locked. ' },
      { Key: 'BOCompletedTime', Value: 20261123120000 },
    ],
  });
});

test('each field that is missing or wrong is named, the first of the page first', async () => {
  const wrong: [string, unknown[]][] = [
    ['Initiator', ['', ' ', null, 'x'.repeat(65)]],
    ['SecurityCredential', ['', 'abc', PASSWORD, Buffer.alloc(255).toString('base64'), `${good} `]],
    ['CommandID', ['', 'BusinessPayment', 1]],
    ['PartyA', ['', '1234', '254708374149', 'abcdef']],
    ['IdentifierType', ['', '3', 11, true]],
    ['Remarks', ['', 'x'.repeat(101)]],
    ['QueueTimeOutURL', ['', 'nowhere', 'ftp://a.example.com/']],
    ['ResultURL', ['', 'https://a b.example.com/', 1]],
  ];
  const before = await fixture.callbacks();
  const body: Record<string, unknown> = {};
  for (const [name, values] of wrong) {
    for (const value of [undefined, ...values]) {
      const answer = await api.post(PATH, { ...body, [name]: value });
      assert.deepEqual(
        errorOf(answer),
        [400, '400.002.02', `Bad Request - Invalid ${name}`],
        `${name}: ${value}`,
      );
    }
    body[name] = (ask() as Record<string, unknown>)[name];
  }
  assert.equal((await api.post(PATH, body)).status, 200);
  const plain = await api.post(PATH, ask(), { 'content-type': 'text/plain' });
  assert.deepEqual(errorOf(plain), [400, '400.002.02', 'Bad Request - Invalid Initiator']);
  await until('the good one alone is told', async () => (await fixture.callbacks()) === before + 1);
});

test('a bad token is told in the family of B2C, and repeats it', async () => {
  const answer = await api.post(PATH, ask(), { authorization: 'Bearer expired' });
  assert.deepEqual(errorOf(answer), [401, '401.002.01', 'Error Occurred - Invalid Access Token - expired']);
  assert.equal((await api.request(PATH, { method: 'GET' })).status, 405);
});

test('public receivers alone, where the settings say so', async () => {
  const { callbackUrl } = api.settings.requests;
  api.settings.requests.callbackUrl = { ...callbackUrl, allowPrivateTargets: false };
  const answer = await api.post(PATH, ask());
  api.settings.requests.callbackUrl = callbackUrl;
  assert.deepEqual(errorOf(answer), [400, '400.002.02', 'Bad Request - Invalid QueueTimeOutURL']);
});

test('the official client mpesa-node, with our certificate, and with the one it brings', async () => {
  const certPath = join(tmpdir(), `imara-certificate-${process.pid}.pem`);
  await writeFile(certPath, publicKey.export({ type: 'spki', format: 'pem' }));
  const clientOf = (changes: Record<string, unknown>) => {
    const client = new Mpesa({
      consumerKey: 'key',
      consumerSecret: 'secret',
      initiatorName: 'testapi',
      securityCredential: PASSWORD,
      certPath,
      ...changes,
    });
    client.baseURL = `http://127.0.0.1:${api.port}`;
    return client;
  };
  const result = async (client: Mpesa) => {
    const { data } = await client.accountBalance(Number(SHORT_CODE), 4, timeouts.url, receiver.url);
    return (await told(data.ConversationID)).ResultCode;
  };
  assert.equal(await result(clientOf({})), '0');
  assert.equal(await result(clientOf({ securityCredential: 'wrong' })), 2001);
  const { resolve } = createRequire(import.meta.url);
  const bundled = clientOf({
    certPath: join(resolve('mpesa-node/package.json'), '../keys/sandbox-cert.cer'),
  });
  assert.equal(await result(bundled), 2001, 'nobody here has the key');
  settings.securityCredential = 'lenient';
  assert.equal(await result(bundled), '0');
});

test('what is not dealt with in time is told to QueueTimeOutURL and never answered', async () => {
  stop.abort();
  await working;
  const { body } = await api.post(PATH, ask());
  const later = fixture.worker({ products: settledProducts });
  clock.ms += 59_999;
  assert.equal(await later.expire(), 0);
  clock.ms += 1;
  await settleAll(later);
  const { ResultType, ResultCode, ResultDesc } = await told(body.ConversationID, timeouts);
  assert.deepEqual(
    [ResultType, ResultCode, ResultDesc],
    [0, 26, 'The request timed out in the queue: it was not processed in time.'],
  );
  assert.ok(
    receiver.received.every((one) => (one.body as Told).Result.ConversationID !== body.ConversationID),
  );
});
