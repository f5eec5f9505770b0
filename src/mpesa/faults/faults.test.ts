import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { setFaults } from '../../../test/mpesa/faults.ts';
import {
  errorOf,
  OAUTH,
  PUSH,
  passwordOf,
  pushBody,
  QUERY,
  startMpesaApi,
  TIMESTAMP,
} from '../../../test/mpesa/mpesa-api.ts';
import { startReceiver } from '../../../test/mpesa/receiver.ts';
import { settlementFixture } from '../../../test/mpesa/settlement.ts';
import { until } from '../../../test/until.ts';
import type { JsonObject } from '../../config/canonical.ts';
import { createDelivery } from '../../delivery/deliver.ts';
import { defaultDeliverySettings } from '../../delivery/settings.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Resolved } from '../products/stk-push/settlement/settle.ts';
import { openFaultBook } from './book.ts';

const log = pino({ level: 'silent' });
const { database, worker, row, clock } = await settlementFixture();
const book = openFaultBook({ database, clock: systemClock, log });
const api = await startMpesaApi({ database, faults: book });
Object.assign(api.settings.stk.callbackUrl, { allowPlainHttp: true, allowPrivateTargets: true });
const set = (...faults: JsonObject[]) => setFaults(database, book, { faults });

let last = 254_710_000_000;
async function push(changes: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  last += 1;
  return api.post(PUSH, pushBody({ PhoneNumber: String(last), ...changes }), headers);
}
async function idOf(checkoutRequestId: unknown): Promise<string> {
  const { rows } = await database.query('select id from mpesa.stk_push where checkout_request_id = $1', [
    checkoutRequestId,
  ]);
  return rows[0].id;
}

test('a request is answered as the fault says, in its family or as what stands before the API, and takes nothing', async () => {
  const told = async (answer: string) => {
    await set({ name: 'it', when: { product: 'stk', amount: '13' }, do: { answer } });
    return push({ Amount: 13 });
  };
  assert.deepEqual(errorOf(await told('internal')), [500, '500.001.1001', 'Internal Server Error']);
  assert.deepEqual(errorOf(await told('spike-arrest')), [
    500,
    '500.003.02',
    'Error Occurred: Spike Arrest Violation',
  ]);
  assert.deepEqual(errorOf(await told('invalid-token')), [404, '404.001.03', 'Invalid Access Token']);
  assert.match(
    JSON.stringify((await told('apigee')).body),
    /"faultstring":"Invalid API call as no apiproduct/,
  );
  assert.match(JSON.stringify((await told('soap')).body), /"Envelope":.*"soap:Server"/);
  assert.equal((await push({ Amount: 14 })).status, 200, 'another amount is served');
  const { rows } = await database.query('select count(*)::int as pushes from mpesa.stk_push');
  assert.equal(rows[0].pushes, 1);
});

test('R19: what was asked for counts for nobody; what is served beside it does', async () => {
  api.outcomes.length = 0;
  await set({ name: 'it', when: { reference: 'BAD*' }, do: { answer: 'internal' } });
  await push({ AccountReference: 'BAD-1' });
  await push({ AccountReference: 'GOOD-1' });
  assert.deepEqual(
    api.outcomes.map(({ outcome }) => outcome),
    ['good'],
  );
});

test("the edge's page on the token path; an outage of everything, also for who has no token", async () => {
  await set({ name: 'edge', when: { product: 'oauth' }, do: { answer: 'html-503' } });
  const told = await fetch(`http://127.0.0.1:${api.port}${OAUTH}?grant_type=client_credentials`);
  assert.equal(told.status, 503);
  assert.match(String(told.headers.get('content-type')), /text\/html/);
  assert.match(await told.text(), /Incapsula/);
  await set({ name: 'outage', for: '10m', do: { answer: 'internal' } });
  assert.equal((await push({}, { authorization: 'Bearer wrong' })).status, 500);
});

test('R12: a connection that hangs or is cut gets no answer, and holds no place', async () => {
  await set({ name: 'cut', when: { header: { 'X-Fault': 'reset' } }, do: { answer: 'reset' } });
  await assert.rejects(push({}, { 'x-fault': 'reset' }), /fetch failed/);
  await set({
    name: 'hang',
    when: { header: { 'X-Fault': 'hang' } },
    do: { answer: 'hang', answerAfter: '400ms' },
  });
  const from = performance.now();
  const hanging = push({}, { 'x-fault': 'hang' });
  assert.equal((await push({}, { 'x-fault': 'none' })).status, 200);
  await assert.rejects(hanging, /fetch failed/);
  assert.ok(performance.now() - from >= 400);
});

test('a fault ends when it has hit so many, and when its time is over', async () => {
  await set({ name: 'twice', when: { product: 'stk' }, times: 2, do: { answer: 'busy' } });
  const statuses = [await push(), await push(), await push()].map(({ status }) => status);
  assert.deepEqual(statuses, [500, 500, 200]);
  await setFaults(
    database,
    book,
    { faults: [{ name: 'old', for: '1s', do: { answer: 'busy' } }] },
    Date.now() - 1_001,
  );
  assert.equal(book.armed, false);
  assert.equal((await push()).status, 200);
});

test('which requests chance hits follows from the seed: the same again, others with another seed', async () => {
  const hits = async (seed: number) => {
    await setFaults(database, book, {
      seed,
      faults: [{ name: 'some', when: { product: 'stk' }, chance: 0.5, do: { answer: 'internal' } }],
    });
    const statuses: number[] = [];
    for (let i = 0; i < 20; i += 1) statuses.push((await push()).status);
    return statuses.join();
  };
  const first = await hits(7);
  assert.ok(first.includes('500') && first.includes('200'));
  assert.equal(await hits(7), first);
  assert.notEqual(await hits(8), first);
});

test('by payment: the same payment always fares the same', async () => {
  await set({
    name: 'some',
    when: { product: 'stk' },
    chance: 0.5,
    by: 'payment',
    do: { answer: 'internal' },
  });
  const body = { PhoneNumber: '254711000999' };
  const fares = async (reference: string) => {
    const { status } = await push({ ...body, AccountReference: reference });
    await api.resolveAll();
    return status;
  };
  const references = Array.from({ length: 10 }, (_, i) => `R-${i}`);
  const once: number[] = [];
  for (const reference of references) once.push(await fares(reference));
  assert.equal(new Set(once).size, 2);
  for (const [i, reference] of references.entries()) assert.equal(await fares(reference), once[i]);
});

test('a push ends in the result that was asked for, later if so, without a prompt and without money; the gate is not told', async () => {
  await set(
    { name: 'cancels', when: { amount: '21' }, do: { result: 1032 } },
    { name: 'no-operator', when: { amount: '22' }, do: { result: 'SFC_IC0003', resultAfter: '30s' } },
  );
  const [cancelled, later] = [await push({ Amount: 21 }), await push({ Amount: 22 })];
  const resolved: Resolved[] = [];
  const steps = worker({ onResolved: (one) => void resolved.push(one) });
  clock.ms = Date.now();
  await steps.send();
  const at = async (told: typeof later) => {
    const { state, result_code, receipt } = await row(await idOf(told.body.CheckoutRequestID));
    return [state, result_code, receipt];
  };
  assert.deepEqual(await at(cancelled), ['resolved', 1032, null]);
  assert.deepEqual(await at(later), ['accepted', null, null]);
  clock.ms += 61_000;
  await steps.expire();
  assert.deepEqual(
    await at(later),
    ['resolved', 'SFC_IC0003', null].with(0, 'accepted').with(1, null),
    'its time is not over before',
  );
  await steps.send();
  assert.deepEqual(await at(later), ['resolved', 'SFC_IC0003', null]);
  assert.deepEqual(
    resolved.map(({ code, injected }) => [code, injected]),
    [
      [1032, true],
      ['SFC_IC0003', true],
    ],
  );
});

test('a query says 4999 for a while, whatever the result is', async () => {
  await set({ name: 'slow', when: { amount: '31' }, do: { processing: '2s' } });
  const { body } = await push({ Amount: 31 });
  await api.resolveAll(0, 'done');
  const ask = async () => {
    const asked = {
      BusinessShortCode: '174379',
      Password: passwordOf(),
      Timestamp: TIMESTAMP,
      CheckoutRequestID: body.CheckoutRequestID,
    };
    return (await api.post(QUERY, asked)).body.ResultCode;
  };
  assert.equal(await ask(), '4999');
  await until('the result is told', async () => (await ask()) === '0');
});

test('callbacks: lost, twice, late, out of order, and before the acknowledgement', async () => {
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
    onAttempted({ injected, host }) {
      if (host === '127.0.0.1') attempts.push(injected);
    },
  });
  const attempts: boolean[] = [];
  const running = delivery.run();
  try {
    await set(
      { name: 'lost', when: { amount: '41' }, do: { result: 1037, callback: 'lost' } },
      { name: 'twice', when: { amount: '42' }, do: { result: 1037, callback: 'duplicate' } },
      { name: 'early', when: { amount: '43' }, do: { result: 1037, callback: 'early' } },
      {
        name: 'order',
        when: { amount: '44' },
        do: { result: 1037, callback: 'out-of-order', callbackAfter: '1s' },
      },
    );
    clock.ms = Date.now();
    const steps = worker({ clock: systemClock });
    const asked = async (shillings: number) => {
      const { body } = await push({ Amount: shillings, CallBackURL: receiver.url });
      return String(body.CheckoutRequestID);
    };
    const told = () => receiver.received.map(({ body }) => Object(body).Body.stkCallback.CheckoutRequestID);
    const lost = await asked(41);
    const twice = await asked(42);
    await steps.send();
    await until('both came', () => told().filter((id) => id === twice).length === 2);
    const { rows } = await database.query('select state, fault from delivery.callback where id = $1', [
      await idOf(lost),
    ]);
    assert.deepEqual(rows, [{ state: 'exhausted', fault: 'lost' }]);
    assert.ok(!told().includes(lost));
    assert.ok(attempts.length >= 2 && attempts.every(Boolean), 'R19: what was changed is marked');

    const early = asked(43).then((id) => ({ id, at: Date.now() }));
    await until('it is taken', async () => (await steps.send()) > 0);
    const acknowledged = await early;
    const [callback] = receiver.received.slice(2);
    assert.equal(told().at(-1), acknowledged.id);
    assert.ok(callback !== undefined && callback.at <= acknowledged.at, 'the acknowledgement waited');

    const [first, second] = [await asked(44), await asked(44)];
    await steps.send();
    await until('both came', () => receiver.received.length === 5);
    assert.deepEqual(told().slice(-2), [second, first]);
  } finally {
    await delivery.close();
    await running;
    await receiver.close();
  }
});
