import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultAt, untilCrash } from '../../../../test/mpesa/crash.ts';
import { credentialOf, requestsFixture, SHORT_CODE, settleAll } from '../../../../test/mpesa/requests.ts';
import { until } from '../../../../test/until.ts';
import { initiatorResults, noOperator } from '../../results/codes.ts';
import type { AnsweringProduct, AskingProduct } from './product.ts';
import { runRequests } from './run.ts';
import type { Ended } from './settle.ts';

const fixture = await requestsFixture();
const { database, clock, worker, request, row, callback, publicKey, log } = fixture;

/** Answers with what the request says. */
const echoes: AnsweringProduct = {
  name: 'echoes',
  role: 'Balance Query ORG API',
  form: {
    success: 'text',
    failure: () => [{ Key: 'BOCompletedTime', Value: 1 }],
    reference: () => [{ Key: 'Occasion' }],
  },
  answer: async ({ details }) => ({
    result: initiatorResults.done,
    parameters: [{ Key: 'Says', Value: details.says ?? '' }],
  }),
};
const throws: AnsweringProduct = {
  ...echoes,
  name: 'throws',
  answer: async ({ details }) => {
    if (details.says === 'no') throw new Error('it cannot be told now');
    return { result: initiatorResults.done };
  },
};
const hangs: AnsweringProduct = { ...echoes, name: 'hangs', answer: () => new Promise(() => {}) };
const products = [echoes, throws, hangs];
/** Asks a phone first; any answer but yes is the same result. */
const asking = (changes: Partial<AskingProduct> = {}): AskingProduct => ({
  ...echoes,
  name: 'asking',
  role: null,
  asks: {
    prompt: async () => ({ msisdn: '254722000900', text: 'Yes?' }),
    lifetimeMs: () => 60_000,
    refused: {
      wrong_pin: noOperator,
      pin_locked: noOperator,
      cancelled: noOperator,
      unreachable: noOperator,
      no_answer: noOperator,
      push_failed: noOperator,
      expired: noOperator,
    },
  },
  ...changes,
});
const prompts = async (id: string) =>
  (await database.query('select outcome from handset.prompt where id = $1', [id])).rows.length;

test('a request is answered once: its result and its callback come together, its credential is forgotten', async () => {
  const ended: Ended[] = [];
  const steps = worker({ products: [echoes], onEnded: (each) => ended.push(each) });
  const id = await request('echoes', { originatorConversationId: '600978_Test_1' }, { says: 'é"\\' });
  clock.ms += 700;
  assert.equal(await steps.settle(echoes), 1);
  assert.equal(await steps.settle(echoes), 0);
  const { state, result_code, result_desc, security_credential } = await row(id);
  assert.deepEqual(
    [state, result_code, result_desc, security_credential],
    ['resolved', 0, initiatorResults.done.callback, null],
  );
  const { to, result } = await callback(id);
  assert.equal(to, 'https://shop.test/result');
  assert.deepEqual(result, {
    ResultType: '0',
    ResultCode: '0',
    ResultDesc: 'The service request is processed successfully.',
    OriginatorConversationID: '600978_Test_1',
    ConversationID: `AG_20261123_${id}`,
    TransactionID: 'UKN0000000',
    ResultParameters: { ResultParameter: [{ Key: 'Says', Value: 'é"\\' }] },
    ReferenceData: { ReferenceItem: { Key: 'Occasion' } },
  });
  assert.deepEqual(ended, [
    {
      product: 'echoes',
      result: initiatorResults.done,
      durationMs: 700,
      shortCode: SHORT_CODE,
      initiator: 'testapi',
      injected: false,
      waits: true,
    },
  ]);
});

test('who may not ask is told so: 2001, 21, and of a failure a single parameter is no array', async () => {
  const steps = worker({ products });
  const cases = [
    [{ initiator: 'nobody' }, 2001],
    [{ shortCode: '600000' }, 2001],
    [{ securityCredential: credentialOf('wrong', publicKey) }, 2001],
    [{ securityCredential: Buffer.alloc(256, 7).toString('base64') }, 2001],
    [{ initiator: 'no-roles' }, 21],
  ] as const;
  for (const [changes, code] of cases) {
    const id = await request('echoes', changes);
    await settleAll(steps);
    const { result } = await callback(id);
    assert.deepEqual([result.ResultType, result.ResultCode], [0, code], JSON.stringify(changes));
    assert.deepEqual(result.ResultParameters.ResultParameter, { Key: 'BOCompletedTime', Value: 1 });
    assert.equal((await row(id)).result_code, code);
  }
});

test('what nobody dealt with in time is told to QueueTimeOutURL, and a worker that comes later changes nothing', async () => {
  const steps = worker({ products });
  const id = await request('echoes');
  clock.ms += 59_999;
  assert.equal(await steps.expire(), 0);
  clock.ms += 1;
  assert.equal(await steps.settle(echoes), 0, 'its time is over');
  assert.equal(await steps.expire(), 1);
  await settleAll(steps);
  const { to, result } = await callback(id);
  assert.equal(to, 'https://shop.test/timeout');
  assert.deepEqual([result.ResultCode, result.ResultDesc], [26, initiatorResults.queueTimeout.callback]);
  const { state, result_code } = await row(id);
  assert.deepEqual([state, result_code], ['expired', null]);
});

test('a product that cannot answer one request answers the others; one that hangs ends in its timeout', async () => {
  const steps = worker({ products });
  const [bad, good, hung] = [
    await request('throws', {}, { says: 'no' }),
    await request('throws', {}, { says: 'yes' }),
    await request('hangs'),
  ];
  await Promise.all([steps.settle(throws), steps.settle(hangs)]);
  const state = async (id: string) => (await row(id)).state;
  assert.deepEqual(
    [await state(bad), await state(good), await state(hung)],
    ['accepted', 'resolved', 'accepted'],
  );
  assert.equal(await steps.settle(throws), 0, 'it is left alone until its claim has lapsed');
  clock.ms += 60_000;
  await settleAll(steps);
  assert.deepEqual([await state(bad), await state(hung)], ['expired', 'expired']);
  assert.equal((await callback(bad)).to, 'https://shop.test/timeout');
});

test('R14: a yes that cannot be answered now is not forgotten: it comes again until it is', async () => {
  let isAway = true;
  const product = asking({
    answer: async () => {
      if (isAway) throw new Error('it cannot be told now');
      return { result: initiatorResults.done };
    },
  });
  const steps = worker({ products: [product] });
  const id = await request('asking', { initiator: '', securityCredential: '' });
  await steps.settle(product);
  clock.ms += 1_000;
  assert.equal(await steps.collect(product), 1);
  assert.deepEqual([(await row(id)).state, await prompts(id)], ['prompted', 1]);
  isAway = false;
  assert.equal(await steps.collect(product), 1);
  assert.deepEqual([(await row(id)).state, await prompts(id)], ['resolved', 0]);
  assert.equal((await callback(id)).result.ResultCode, '0');
});

test('R14: of a timeout and a worker that stood still with its question, the timeout stands whatever the phone says', async () => {
  const held = Promise.withResolvers<void>();
  const { asks } = asking();
  const slow = asking({
    asks: {
      ...asks,
      prompt: async (...args) => {
        await held.promise;
        return asks.prompt(...args);
      },
    },
  });
  const standing = worker({ products: [slow] });
  const id = await request('asking', { initiator: '', securityCredential: '' });
  const stopped = standing.settle(slow);
  await until('it has claimed', async () => (await row(id)).claimed_until !== null);
  clock.ms += 60_000;
  assert.equal(await worker({ products: [asking()] }).expire(), 1);
  held.resolve();
  await stopped;
  assert.deepEqual([(await row(id)).state, await prompts(id)], ['expired', 1]);
  clock.ms += 1_000;
  assert.equal(await standing.collect(slow), 1);
  assert.deepEqual([(await row(id)).state, await prompts(id)], ['expired', 0]);
  assert.equal((await callback(id)).to, 'https://shop.test/timeout');
});

test("a dead worker's claim is taken over; when it comes back to life it finds nothing to do", async () => {
  let ended = 0;
  const onEnded = () => {
    ended += 1;
  };
  const dead = worker({ products: [slow()], onEnded });
  const living = worker({ products: [echoes], onEnded });
  const id = await request('echoes', {}, { says: 'once' });
  const product = dead.products[0] ?? echoes;
  const stopped = dead.settle(product);
  await until('it has claimed', async () => (await row(id)).claimed_until !== null);
  assert.equal(await living.settle(echoes), 0, 'a living claim is respected');
  clock.ms += 30_000;
  assert.equal(await living.settle(echoes), 1);
  const told = await callback(id);
  release();
  await stopped;
  assert.deepEqual([(await callback(id)).text, (await row(id)).result_code, ended], [told.text, 0, 1]);
  assert.equal(told.result.ResultParameters.ResultParameter[0].Value, 'once');
});

let release = () => {};
/** A worker that stands still after its claim, until `release`. */
function slow(): AnsweringProduct {
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    ...echoes,
    answer: async () => {
      await held;
      return { result: noOperator };
    },
  };
}

for (const when of ['before', 'after'] as const) {
  test(`R14: a worker that dies ${when} any of its statements loses nothing and tells nothing twice`, async () => {
    for (let n = 1; ; n += 1) {
      const ids = [
        await request('echoes', {}, { says: 'a' }),
        await request('echoes', { securityCredential: credentialOf('wrong', publicKey) }),
      ];
      const late = await request('echoes');
      await database.query('update mpesa.request set expires_at = $2 where id = $1', [
        late,
        new Date(clock.ms),
      ]);
      const fault = faultAt(n, when);
      const dying = worker({ products: [echoes], database: fault.counted(database) });
      await untilCrash([() => dying.settle(echoes), () => dying.expire()]);
      // What it had claimed comes again when the claim lapses.
      clock.ms += 30_000;
      await settleAll(worker({ products: [echoes] }));
      const [told, refused] = [await callback(ids[0] ?? ''), await callback(ids[1] ?? '')];
      assert.deepEqual([told.result.ResultCode, refused.result.ResultCode], ['0', 2001], `at ${n}`);
      assert.equal((await callback(late)).to, 'https://shop.test/timeout');
      await database.query('update mpesa.initiator set wrong_in_row = 0, locked_until = null');
      if (!fault.met()) return;
    }
  });
}

test('an OriginatorConversationID is used once by a short code, and by another as well', async () => {
  const originatorConversationId = 'order-1';
  await request('echoes', { originatorConversationId });
  await assert.rejects(request('echoes', { originatorConversationId }));
  await request('echoes', { originatorConversationId, shortCode: '600979' });
  await settleAll(worker({ products: [echoes] }));
});

test('three workers at once answer every request once, and stop when they are told to', async () => {
  const before = await fixture.callbacks();
  const many = 500;
  const ids = await Promise.all(Array.from({ length: many }, () => request('echoes', {}, { says: 'x' })));
  const stop = new AbortController();
  const running = Array.from({ length: 3 }, () =>
    runRequests(worker({ products: [echoes, throws] }), { database, signal: stop.signal, log }),
  );
  const open = async () => {
    const { rows } = await database.query(
      `select count(*)::int as n from mpesa.request where state = 'accepted'`,
    );
    return rows[0].n;
  };
  await until('all are answered', async () => (await open()) === 0);
  stop.abort();
  await Promise.all(running);
  assert.equal((await fixture.callbacks()) - before, many);
  assert.equal((await row(ids[0] ?? '')).state, 'resolved');
});
