import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  type Answered,
  OAUTH,
  PUSH,
  passwordOf,
  pushBody,
  QUERY,
  startMpesaApi,
  stubAuth,
} from '../../../test/mpesa/mpesa-api.ts';
import { makeToken, tokenMacKey } from '../../auth/token.ts';
import { refusalKinds } from '../catalogue.ts';

// Whose fault an answer is, as the gate counts it: its HTTP status says nothing of it.

let broken = false;
let verdict: 'ok' | 'spike' | 'quota' = 'ok';
const api = await startMpesaApi({
  quota: () => verdict,
  auth: stubAuth({
    verify: (token) =>
      token === 'unavailable'
        ? { ok: false, reason: 'unavailable' }
        : stubAuth().verify(token, undefined as never),
  }),
  through: (database) =>
    new Proxy(database, {
      get(target, name) {
        if (broken) throw new Error('the database is away');
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
});
beforeEach(() => {
  api.outcomes.length = 0;
});

const query = { ...pushBody(), CheckoutRequestID: 'ws_CO_unknown' };
const wrongPassword = passwordOf(undefined, 'not the passkey');
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
const tokenWith = (pair: string, grant = 'client_credentials') =>
  api.request(`${OAUTH}?grant_type=${grant}`, { headers: basic(pair) });

const cases: [what: string, ask: () => Promise<Answered>, status: number, outcome: string, kind?: string][] =
  [
    ['a push that is taken', () => api.post(PUSH, pushBody()), 200, 'good'],
    [
      'a push to a subscriber with an open one',
      () => api.post(PUSH, pushBody()),
      500,
      'refused',
      'locked_subscriber',
    ],
    [
      'a wrong passkey',
      () => api.post(PUSH, pushBody({ Password: wrongPassword })),
      500,
      'refused',
      'wrong_credentials',
    ],
    [
      'a merchant that does not exist',
      () =>
        api.post(PUSH, pushBody({ BusinessShortCode: '999999', Password: passwordOf('999999', 'anything') })),
      500,
      'refused',
      'unknown_merchant',
    ],
    [
      'a transaction that does not exist',
      () => api.post(QUERY, query),
      500,
      'refused',
      'unknown_transaction',
    ],
    [
      'a field that is wrong',
      () => api.post(PUSH, pushBody({ Amount: 'x' })),
      400,
      'refused',
      'invalid_field',
    ],
    ['a body that is no JSON', () => api.post(PUSH, '{'), 400, 'refused', 'malformed_body'],
    ['a path that is not there', () => api.post('/nowhere', {}), 404, 'refused', 'unknown_path'],
    [
      'a bad token',
      () => api.post(PUSH, pushBody(), { authorization: 'Bearer bad' }),
      404,
      'refused',
      'invalid_token',
    ],
    ['wrong consumer credentials', () => tokenWith('key:wrong'), 400, 'refused', 'invalid_authentication'],
    ['a wrong grant type', () => tokenWith('key:secret', 'x'), 400, 'refused', 'invalid_grant_type'],
    ['a token', () => tokenWith('key:secret'), 200, 'good'],
    [
      'a token that nobody can check',
      () => api.post(PUSH, pushBody(), { authorization: 'Bearer unavailable' }),
      500,
      'error',
    ],
  ];

for (const [what, ask, status, outcome, kind] of cases) {
  test(`R19: ${what}: ${outcome}${kind === undefined ? '' : `, ${kind}`}, by no status`, async () => {
    const answer = await ask();
    assert.equal(answer.status, status);
    const [ended, ...more] = api.outcomes;
    assert.deepEqual([ended?.outcome, ended?.kind, more.length], [outcome, kind, 0]);
    if (kind !== undefined) assert.ok(refusalKinds.includes(kind), kind);
  });
}

test('R19: an app over its rate or its quota is refused by its own fault', async () => {
  for (const [over, kind] of [
    ['spike', 'spike_arrest'],
    ['quota', 'quota'],
  ] as const) {
    verdict = over;
    assert.equal((await api.post(PUSH, pushBody())).status, 500);
    verdict = 'ok';
    const { outcome, kind: told, caller } = api.outcomes.at(-1) ?? {};
    assert.deepEqual([outcome, told, caller], ['refused', kind, 'app-1']);
  }
});

test('R19: a database that is away is our fault, in the same form as a wrong passkey', async () => {
  broken = true;
  const answer = await api.post(PUSH, pushBody({ PhoneNumber: '254711000009' }));
  broken = false;
  assert.equal(answer.status, 500);
  assert.equal(api.outcomes.at(-1)?.outcome, 'error');
});

test('R19: who asked is known by app, also of a token that is refused, by consumer key, or by address, and by connection', async () => {
  await api.post(PUSH, pushBody({ Amount: 'x' }));
  await tokenWith('key:wrong');
  await api.post('/nowhere', {});
  const fields = { generation: 1, appId: '42', issuedAtMs: 1_800_000_000_000, lifetimeMinutes: 60 };
  const token = makeToken(fields, tokenMacKey('a secret', 'a key', 'another environment'));
  await api.request(PUSH, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(pushBody()),
  });
  assert.deepEqual(
    api.outcomes.map(({ caller }) => caller),
    ['app-1', 'key', '127.0.0.1', '42'],
  );
  assert.ok(api.outcomes.every(({ connection }) => /^127\.0\.0\.1 \d+$/.test(connection)));
});

test('R19: a query for what is still under way is no refusal, in whichever shape a release chose', async () => {
  const pushed = await api.post(PUSH, pushBody({ PhoneNumber: '254711000077' }));
  const asked = { ...pushBody(), CheckoutRequestID: pushed.body.CheckoutRequestID };
  for (const shape of ['4999', 'empty_error', 'being_processed'] as const) {
    api.settings.stk.inFlightAnswer = shape;
    await api.post(QUERY, asked);
    assert.equal(api.outcomes.at(-1)?.outcome, 'good', shape);
  }
});

test('R19: the metrics name the fault and the kind', async () => {
  await api.post(PUSH, pushBody({ Password: wrongPassword }));
  const text = await api.registry.metrics();
  assert.match(text, /http_response_status_code="500",error_type="wrong_credentials",fault="caller"/);
  assert.match(text, /http_response_status_code="500",error_type="internal",fault="ours"/);
});
