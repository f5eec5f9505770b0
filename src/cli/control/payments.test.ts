import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { installation } from '../../../test/control/installation.ts';
import { setFaults } from '../../../test/mpesa/faults.ts';
import {
  PUSH,
  passwordOf,
  pushBody,
  QUERY,
  startMpesaApi,
  TIMESTAMP,
} from '../../../test/mpesa/mpesa-api.ts';
import { startReceiver } from '../../../test/mpesa/receiver.ts';
import { settleAll, settlementFixture } from '../../../test/mpesa/settlement.ts';
import { runImara } from '../../../test/stack/imara.ts';
import { until } from '../../../test/until.ts';
import { createDelivery } from '../../delivery/deliver.ts';
import { defaultDeliverySettings } from '../../delivery/settings.ts';
import { openFaultBook } from '../../mpesa/faults/book.ts';
import { systemClock } from '../../platform/clock.ts';
import { listTaken } from '../../process/directories/payments/summary.ts';
import { schema } from '../../process/document/schema.ts';

const fixture = await settlementFixture({ tables: schema });
const { database, clock, worker } = fixture;
const log = pino({ level: 'silent' });
const book = openFaultBook({ database, clock: systemClock, log });
const api = await startMpesaApi({ database, faults: book });
Object.assign(api.settings.stk.callbackUrl, { allowPlainHttp: true, allowPrivateTargets: true });
const { url, token } = await installation({ database });
const receiver = await startReceiver();
const delivery = createDelivery({
  database,
  settings: () => ({
    ...defaultDeliverySettings,
    allowPrivateTargets: true,
    allowPlainHttp: true,
    pollMs: 20,
  }),
  clock: systemClock,
  log,
  registry: new Registry(),
});
const delivering = delivery.run();
after(async () => {
  await delivery.close();
  await delivering;
  await receiver.close();
});
const environment = { IMARA_HOME: '/nowhere', IMARA_CONTROL_URL: url, IMARA_OPERATOR_TOKEN: token };
const imara = (...args: string[]) => runImara(args, environment);

async function pay(PhoneNumber: string, Amount: number, AccountReference = 'INV-7') {
  const { body } = await api.post(
    PUSH,
    pushBody({ PhoneNumber, Amount, AccountReference, CallBackURL: receiver.url }),
  );
  const steps = worker();
  clock.ms = Date.now() + 100;
  await settleAll(steps);
  clock.ms += 2_000;
  await settleAll(steps);
  const told = () => receiver.received.map((one) => Object(one.body).Body.stkCallback.CheckoutRequestID);
  await until('its callback came', () => told().includes(body.CheckoutRequestID));
  const { rows } = await database.query(
    'select id, receipt from mpesa.stk_push where checkout_request_id = $1',
    [body.CheckoutRequestID],
  );
  await until('that is recorded', async () => {
    const recorded = await database.query(
      "select from delivery.callback where id = $1 and state = 'delivered'",
      [rows[0].id],
    );
    return recorded.rowCount === 1;
  });
  return { checkout: String(body.CheckoutRequestID), receipt: rows[0].receipt as string };
}

interface Page {
  events: { at: string; kind: string; text: string; details: Record<string, never> }[];
  state: string;
  receipt: string;
}

const paid = await pay('254700000001', 100);
await setFaults(database, book, {
  faults: [{ name: 'cancels', when: { amount: 55 }, do: { result: 1032, callback: 'duplicate' } }],
});
const failed = await pay('254700000003', 55);
await setFaults(database, book, {
  faults: [{ name: 'none', when: { amount: 1 }, times: 1, do: { answer: 'busy' } }],
});

test('everything about one payment is told in the order of time, by any of its names', async () => {
  for (const name of [paid.checkout, paid.receipt, '254700000001']) {
    const { stdout, exitCode, stderr } = await imara('payment', 'show', name, '--json');
    assert.equal(exitCode, 0, stderr);
    const { events, state, receipt }: Page = JSON.parse(stdout);
    assert.deepEqual([state, receipt], ['done', paid.receipt]);
    assert.deepEqual(
      events.map(({ at }) => at),
      events.map(({ at }) => at).toSorted(),
    );
    const kinds = new Set(events.map(({ kind }) => kind));
    assert.deepEqual(
      ['request', 'checks', 'prompt', 'answer', 'posting', 'result', 'sms', 'callback', 'attempt'].filter(
        (kind) => !kinds.has(kind as never),
      ),
      [],
    );
    assert.ok(events.some(({ text }) => text.includes('KES 100.00 from 254700000001 to 174379/utility')));
    assert.ok(events.some(({ text }) => /^delivered, HTTP 200/.test(text)));
  }
});

test('what queries of a push were answered stands on its page: each answer once, with how often', async () => {
  const ask = () =>
    api.post(QUERY, {
      BusinessShortCode: '174379',
      Password: passwordOf(),
      Timestamp: TIMESTAMP,
      CheckoutRequestID: paid.checkout,
    });
  for (let times = 0; times < 3; times += 1) assert.equal((await ask()).body.ResultCode, '0');
  await until('it is written', async () => {
    const { rows } = await database.query(
      'select coalesce(sum(times), 0)::int as times from mpesa.stk_query',
    );
    return rows[0].times === 3;
  });
  const { events }: Page = JSON.parse((await imara('payment', 'show', paid.checkout, '--json')).stdout);
  const [query, ...others] = events.filter(({ kind }) => kind === 'query');
  assert.equal(query?.text, 'stk-query: 0 The service request is processed successfully.');
  assert.deepEqual([query?.details.times, others], [3, []]);
});

test('who asked is told, with the headers; no secret is, in any form', async () => {
  for (const args of [['--json'], []]) {
    const { stdout } = await imara('payment', 'show', paid.checkout, ...args);
    assert.match(stdout, /content-type/i);
    assert.match(stdout, /127\.0\.0\.1/);
    assert.doesNotMatch(stdout, /Bearer|good|Password"|passkey/);
  }
});

test('what a fault did is told as such, with each callback that came of it', async () => {
  const { events }: Page = JSON.parse((await imara('payment', 'show', failed.checkout, '--json')).stdout);
  const texts = events.map(({ kind, text }) => `${kind}: ${text}`);
  assert.ok(texts.includes('fault: the fault cancels hit it'), texts.join('\n'));
  assert.equal(texts.filter((text) => /^callback: .* changed by the fault cancels$/.test(text)).length, 2);
  assert.ok(texts.some((text) => text.startsWith('result: 1032 Request cancelled by user')));
  const none = await imara('payment', 'show', 'ws_CO_nothing');
  assert.deepEqual([none.exitCode, /nothing that was taken has ws_CO_nothing/.test(none.stderr)], [1, true]);
});

test('payments are listed by state, phone, amount, product, short code and time', async () => {
  const ids = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await imara('payments', 'list', '--json', ...args);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout).payments.map(({ reference }: { reference: string }) => reference);
  };
  assert.deepEqual(await ids(), [failed.checkout, paid.checkout]);
  assert.deepEqual(await ids('--state', 'failed'), [failed.checkout]);
  assert.deepEqual(await ids('--phone', '254700000001'), [paid.checkout]);
  assert.deepEqual(
    await ids('--amount', '60-200', '--product', 'stk', '--short-code', '174379', '--since', '10m'),
    [paid.checkout],
  );
  assert.deepEqual(await ids('--product', 'b2c'), []);
  const shown = await imara('payments', 'list');
  assert.match(shown.stdout, /stk +254700000003 .*55\.00 +failed 1032/);
});

test('tail tells of each as it is taken and as it ends, once', async () => {
  const main = join(import.meta.dirname, '..', 'main.ts');
  const tail = spawn(process.execPath, [main, 'payments', 'tail', '--json'], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  tail.stdout.on('data', (chunk) => {
    said += chunk;
  });
  try {
    const changes = (id: string) =>
      said
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter(({ reference }) => reference === id)
        .map(({ state }) => state);
    let last = '';
    await until('it tells of what is taken', async () => {
      last = (await pay('254700000004', 20 + changes('').length, `TAIL-${Date.now()}`)).checkout;
      return said !== '';
    });
    const { checkout } = await pay('254700000004', 21, 'TAIL-LAST');
    await until('it tells of the end', () => changes(checkout).some((state) => state !== 'open'));
    assert.equal(new Set(changes(checkout)).size, changes(checkout).length);
    assert.notEqual(last, '');
  } finally {
    tail.kill();
  }
});

test('the payments of one phone are read by its index, however many others there are', async () => {
  await database.query(
    `insert into mpesa.stk_push (id, merchant_request_id, checkout_request_id, app_id, short_code, party_b,
       transaction_type, msisdn, amount_cents, account_reference, description, callback_url, accepted_at, expires_at,
       state, result_code, result_desc, resolved_at)
     select gen_random_uuid(), n, 'many_' || n, 'app', '174379', '174379', 'CustomerPayBillOnline',
       (254722100000 + n % 5000)::text, 100, '', '', 'https://a.test', now(), now(), 'resolved', '1032', '', now()
     from generate_series(1, 20000) n`,
  );
  await database.query(
    `insert into mpesa.payment (id, kind, source, conversation_id, originator_conversation_id, msisdn, payee,
       account_reference, amount_cents, accepted_at)
     select gen_random_uuid(), 'pay_bill', 'phone', n, n, (254722100000 + n % 5000)::text, '174379', '', 100, now()
     from generate_series(1, 20000) n`,
  );
  await database.query(
    `insert into mpesa.request (id, product, conversation_id, originator_conversation_id, app_id, short_code, initiator,
       security_credential, details, result_url, queue_timeout_url, accepted_at, expires_at)
     select gen_random_uuid(), 'b2c', n, n, 'app', '600000', 'testapi', '', jsonb_build_object('PartyB', (254722100000 + n % 5000)::text),
       '', '', now(), now()
     from generate_series(1, 20000) n`,
  );
  await database.query('analyze mpesa.stk_push, mpesa.payment, mpesa.request');
  const plans: string[] = [];
  const explaining = new Proxy(database, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name);
      return async (text: string, values: unknown[]) => {
        const { rows } = await target.query(`explain (format json) ${text}`, values);
        plans.push(JSON.stringify(rows));
        return { rows: [] };
      };
    },
  });
  await listTaken(explaining, { phone: '254722100007', limit: 50, synthetic: false });
  const [plan = ''] = plans;
  for (const index of ['stk_push_phone', 'payment_phone', 'request_phone'])
    assert.ok(plan.includes(index), index);
  assert.ok(!plan.includes('Seq Scan'), plan);
});
