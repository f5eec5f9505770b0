import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { startReceiver } from '../../../test/mpesa/receiver.ts';
import { inProduction, rolesFixture } from '../../../test/roles.ts';
import { until } from '../../../test/until.ts';
import { revokeApp } from '../../auth/server/revocations.ts';
import { isSynthetic } from '../../handset/seeds.ts';
import { callbackUrl } from '../../mpesa/fields/callback-url.ts';
import { systemClock } from '../../platform/clock.ts';
import { Deadline } from '../../platform/deadline.ts';
import type { PlatformDocument } from '../document/platform.ts';
import { serveApi } from '../roles/api/serve-api.ts';
import { serveWorker } from '../roles/worker/serve-worker.ts';
import { badCallbacks, badTariff } from '../taster/delivery.ts';
import { allowedCallback, allowedShillings } from './allowed-payment.ts';
import { syntheticMerchant } from './merchant.ts';
import { wholePayments } from './whole-payment.ts';

const fixture = await rolesFixture();
let document: PlatformDocument = inProduction(fixture.builtIn.content);
let changing = false;
const root = { ...fixture.root(() => document), changing: () => changing };
const worker = await serveWorker(root);
const api = await serveApi(root);
after(async () => {
  const { signal } = new AbortController();
  await api.stop(signal);
  await worker.stop(signal);
  await root.end();
});

test('the amount of a synthetic payment is one that the document allows', () => {
  const rules = inProduction(fixture.builtIn.content).mpesa.stk;
  const amountOf = (minAmountShillings: number, maxAmountShillings: number) =>
    allowedShillings({ ...rules, minAmountShillings, maxAmountShillings });
  assert.deepEqual([amountOf(1, 250_000), amountOf(50, 250_000), amountOf(1, 5)], [10, 50, 5]);
});

test('its callback address is accepted whatever the rules of addresses are, unless they accept none', () => {
  const words = fc.array(
    fc.constantFrom('synthetic', 'callback', 'invalid', '127', 'test', 'probe', 'mpesa', '443', '.i'),
  );
  // A port that holds a forbidden word is one more way to accept none.
  const port = fc.integer({ min: 1, max: 65_535 }).filter((each) => !/127|443/.test(String(each)));
  const ports = fc.array(port, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(
      words,
      ports,
      fc.boolean(),
      fc.boolean(),
      (forbiddenWords, allowedPorts, plain, isPrivate) => {
        const rules = { allowPlainHttp: plain, allowPrivateTargets: isPrivate, allowedPorts, forbiddenWords };
        const url = allowedCallback('http://127.0.0.1:4000/callback', {
          callbackUrl: rules,
          minAmountShillings: 1,
          maxAmountShillings: 1,
        });
        assert.ok(
          url !== undefined && callbackUrl.read(url, rules) === url,
          `${url} with ${JSON.stringify(rules)}`,
        );
      },
    ),
  );
  const none = {
    allowPlainHttp: true,
    allowPrivateTargets: true,
    allowedPorts: [],
    forbiddenWords: ['http'],
  };
  assert.equal(
    allowedCallback('http://a.example', { callbackUrl: none, minAmountShillings: 1, maxAmountShillings: 1 }),
    undefined,
  );
});

/**
 * Changes that an operator may well want, each of which used to be refused because the payments that try it
 * did not fit.
 */
const good = {
  'a smallest amount of 50': { mpesa: { stk: { minAmountShillings: 50 } } },
  'a largest amount of 5': { mpesa: { stk: { maxAmountShillings: 5 } } },
  'phones that wait for a person': { handset: { defaultBehaviour: 'waits' } },
  'phones that take ten minutes': { handset: { answerAfterMs: 600_000 } },
  'a prompt that lives for a second': { mpesa: { stk: { promptLifetimeMs: 1_000 } } },
  'customers who bring their own money': { accounts: { openingBalanceShillings: 0 } },
  'organisations that hold little': {
    accounts: { organisationMaxBalanceShillings: 1 },
  },
  'callbacks to public receivers over TLS alone': {
    mpesa: {
      stk: { callbackUrl: { allowPlainHttp: false, allowPrivateTargets: false, allowedPorts: [8443] } },
    },
  },
  'words that are forbidden in callback addresses': {
    mpesa: { stk: { callbackUrl: { forbiddenWords: ['127', 'callback', 'synthetic'] } } },
  },
  'strict lengths': { mpesa: { stk: { strictLengths: true } } },
  'the same amount twice is refused': { mpesa: { stk: { repeatedAmountWindowMs: 600_000 } } },
  'another answer to a query without a result': { mpesa: { stk: { inFlightAnswer: 'being_processed' } } },
};

for (const [name, change] of Object.entries(good)) {
  test(`a good change passes its synthetic payment: ${name}`, async () => {
    document = inProduction(fixture.changed(change));
    await Promise.all([api.client.pay(Deadline.in(10_000)), worker.payWhole(Deadline.in(10_000))]);
    assert.equal(await badCallbacks(document, Deadline.in(5_000), fixture.env), undefined);
    assert.equal(badTariff(document), undefined);
  });
}

test('a token that somebody else’s synthetic payment ended is fetched again', async () => {
  document = inProduction(fixture.changed({ auth: { revocationRefreshSeconds: 1 } }));
  await api.client.authenticate(Deadline.in(5_000));
  const { consumerKey, consumerSecret } = await syntheticMerchant(fixture.env.home);
  const ask = async (path: string, authorization: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${api.direct}${path}`, {
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return response.text();
  };
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  const issued = await ask('/oauth/v1/generate?grant_type=client_credentials', `Basic ${basic}`);
  const { access_token } = JSON.parse(issued);
  const { rows } = await fixture.database.query<{ id: string }>(
    'select id from auth.app where consumer_key = $1',
    [consumerKey],
  );
  const endedBefore = Date.now() + 1_000;
  await revokeApp(fixture.database, rows[0]?.id ?? '', endedBefore, Date.now());
  await until('the API takes the old tokens no more, and new ones are later', async () => {
    const answer = await ask('/mpesa/stkpushquery/v1/query', `Bearer ${access_token}`, {});
    return answer.includes('404.001.03') && Date.now() > endedBefore + 1_000;
  });
  await api.client.push(Deadline.in(5_000));
});

test('a bad change fails it: a fee that nobody can pay', async () => {
  const customerTariff = [{ upToShillings: 250_000, feeCents: 100_000_00 }];
  document = inProduction(fixture.changed({ mpesa: { stk: { customerTariff } } }));
  await assert.rejects(api.client.pay(Deadline.in(10_000)), /a push ended with result 1/);
  await assert.rejects(worker.payWhole(Deadline.in(10_000)), /a payment ended with result 1/);
  const bad = badTariff(document);
  assert.equal(bad?.key, 'mpesa.stk.customerTariff[0].feeCents');
  assert.match(bad?.cause ?? '', /cost KSh 100000 each: a customer with KSh 50000 could make none/);
});

test('R19: a bad change fails the worker’s probe, and its taste: callbacks that are accepted and go nowhere', async () => {
  document = inProduction(fixture.unchecked({ delivery: { allowPrivateTargets: false } }));
  await api.client.pay(Deadline.in(10_000));
  const whole = await wholePayments({
    env: fixture.env,
    database: fixture.database,
    clock: systemClock,
    rules: () => document.mpesa.stk,
    callbackMs: 1_000,
  });
  after(() => whole.close());
  await assert.rejects(whole.pay(Deadline.in(10_000)), /has not arrived 1000 ms after its result/);
  const bad = await badCallbacks(document, Deadline.in(5_000), fixture.env);
  assert.equal(bad?.key, 'delivery');
  assert.match(bad?.cause ?? '', /is accepted with a push, does not arrive: .*not (public|allowed)/);
});

test('probes that ask all day do not come to the end of an app’s quota; its pace holds for them too', async () => {
  const quota = { quotaRequests: 3, quotaWindowMs: 86_400_000 };
  document = inProduction(fixture.changed({ serving: { quota } }));
  const deadline = Deadline.in(10_000);
  await api.client.authenticate(deadline);
  const checkout = await api.client.push(deadline);
  for (let asked = 0; asked < 10; asked++) await api.client.query(checkout, deadline);
  document = inProduction(fixture.changed({ serving: { quota: { spikePerSecond: 1, spikeBurst: 1 } } }));
  await assert.rejects(async () => {
    for (let asked = 0; asked < 10; asked++) await api.client.query(checkout, deadline);
  }, /Spike Arrest/);
  document = inProduction(fixture.builtIn.content);
});

/** As a worker in the `server` profile pays, whose callbacks cannot return to it. */
async function paidByServer(syntheticCallbackUrl?: string): Promise<void> {
  const whole = await wholePayments({
    env: { ...fixture.env, profile: 'server', environment: 'production', syntheticCallbackUrl },
    database: fixture.database,
    clock: systemClock,
    rules: () => document.mpesa.stk,
    callbackMs: 5_000,
  });
  await whole.pay(Deadline.in(10_000)).finally(() => whole.close());
}

test('R19: in the server profile a callback to nobody has to be tried: what our own rules refuse fails the probe', async () => {
  document = inProduction(fixture.builtIn.content);
  await paidByServer();
  document = inProduction(
    fixture.unchecked({ delivery: { allowedPorts: [8_443], allowPrivateTargets: false } }),
  );
  await assert.rejects(paidByServer(), /to https:\/\/synthetic\.invalid\/callback is not delivered: refused/);
});

test('R19: in the server profile a callback to an address that somebody serves has to be taken', async () => {
  document = inProduction(fixture.builtIn.content);
  const receiver = await startReceiver();
  after(() => receiver.close());
  await paidByServer(receiver.url);
  assert.equal(receiver.received.length, 1);
  await receiver.close();
  await assert.rejects(paidByServer(receiver.url), /is not delivered: connection/);
});

test('R19: the worker’s probe tells of it until a whole payment goes through again', async () => {
  const bad = inProduction(
    fixture.changed({
      mpesa: { stk: { customerTariff: [{ upToShillings: 250_000, feeCents: 100_000_00 }] } },
    }),
  );
  document = bad;
  changing = true;
  const probe = () => worker.probe(Deadline.in(5_000)).then(String, (error: Error) => error.message);
  await until('it fails', async () => /ended with result 1/.test(await probe()));
  assert.match(await probe(), /ended with result 1/, 'and goes on failing');
  document = inProduction(fixture.builtIn.content);
  await until('it passes', async () => (await probe()) === 'database');
  changing = false;
});

test('the numbers of synthetic payments are theirs alone', () => {
  assert.deepEqual(
    ['254790000000', '254790999999', '254789999999', '254791000000', '254700000001'].map(isSynthetic),
    [true, true, false, false, false],
  );
});
