import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultAt, untilCrash } from '../../../../test/mpesa/crash.ts';
import { keepingHandover } from '../../../../test/mpesa/handover.ts';
import { requestsFixture, SHORT_CODE, settleAll } from '../../../../test/mpesa/requests.ts';
import { until } from '../../../../test/until.ts';
import { auditBooks } from '../../../ledger/audit.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { accounts } from '../../parties/accounts/accounts.ts';
import type { Result } from '../../results/codes.ts';
import { findTransaction } from '../../transactions/find.ts';
import type { PayingProduct } from './product.ts';
import { runRequests } from './run.ts';

const fixture = await requestsFixture();
const { database, books, clock, worker, request, row, callback, log } = fixture;

const result = (code: number, callback: string): Result => ({ code, callback, cause: ['', ''] });
const tooMuch = result(3, 'too much');

const utility = accounts.organisation(SHORT_CODE, 'utility');
const working = accounts.organisation(SHORT_CODE, 'working');

/**
 * Moves money of the organisation between two of its accounts: refused over 1,000, and by the books when
 * there is too little.
 */
const moves: PayingProduct = {
  name: 'moves',
  role: 'Balance Query ORG API',
  form: { success: 'number', failure: () => [], reference: () => [] },
  refusal: async ({ details }) => (Number(details.cents) > 100_000 ? tooMuch : undefined),
  payment: async ({ id, details }) => ({
    transfers: [
      {
        kind: 'single',
        id,
        debit: working,
        credit: utility,
        amountCents: BigInt(details.cents ?? 0),
        code: 'moves',
      },
    ],
    transaction: {
      debit: { party: SHORT_CODE, name: 'Duka', account: working },
      credit: { party: SHORT_CODE, name: 'Duka', account: utility },
      amountCents: BigInt(details.cents ?? 0),
      chargeCents: 0n,
      reference: null,
      reasonType: 'Moves',
    },
    parameters: () => [{ Key: 'Cents', Value: details.cents ?? '' }],
  }),
};

const soon = () => Deadline.in(5_000);
await books.openAccounts(
  [
    { id: accounts.float, kind: 'operator', floorCents: null, ceilingCents: null },
    ...[utility, working].map((id) => ({
      id,
      kind: 'merchant' as const,
      floorCents: 0n,
      ceilingCents: null,
    })),
  ],
  soon(),
);
await books.post(
  {
    transfers: [
      {
        kind: 'single',
        id: '00000000-0000-4000-8000-000000000001',
        debit: accounts.float,
        credit: working,
        amountCents: 10_000_000n,
        code: 'opening',
      },
    ],
  },
  soon(),
);
const has = async () => (await books.balance(utility, soon()))?.availableCents ?? 0n;
const move = (cents: number) => request('moves', {}, { cents: String(cents) });

test('money moves, and its result, receipt and callback come with it', async () => {
  const before = await has();
  const id = await move(1_250);
  await settleAll(worker({ products: [moves] }));
  assert.equal(await has(), before + 1_250n);
  const { state, receipt, result_code } = await row(id);
  assert.deepEqual([state, result_code], ['resolved', 0]);
  const { to, result } = await callback(id);
  assert.equal(to, 'https://shop.test/result');
  assert.match(receipt, /^UKN[0-9A-Z]{7}$/);
  assert.deepEqual(
    [result.ResultType, result.ResultCode, result.TransactionID, result.ResultParameters],
    [0, 0, receipt, { ResultParameter: [{ Key: 'Cents', Value: '1250' }] }],
  );
  assert.equal('ReferenceData' in result, false);
  const { transferId, amountCents, conversationId } =
    (await findTransaction(database, { receipt })) ?? assert.fail('no row of the receipt');
  assert.deepEqual([transferId, amountCents, conversationId], [id, 1_250n, result.ConversationID]);
});

test('a rule refuses before the books are asked, the books refuse what is not there; neither has a receipt', async () => {
  const before = await has();
  const steps = worker({ products: [moves] });
  const over = await move(100_001);
  await settleAll(steps);
  await books.post(
    {
      transfers: [
        {
          kind: 'single',
          id: '00000000-0000-4000-8000-000000000002',
          debit: working,
          credit: accounts.float,
          amountCents: ((await books.balance(working, soon()))?.availableCents ?? 0n) - 500n,
          code: 'away',
        },
      ],
    },
    soon(),
  );
  const lacking = await move(501);
  await settleAll(steps);
  for (const [id, code] of [
    [over, 3],
    [lacking, 1],
  ] as const) {
    const { receipt, result_code } = await row(id);
    assert.deepEqual([receipt, result_code], [null, code]);
    const told = (await callback(id)).result;
    assert.deepEqual([told.ResultCode, told.TransactionID], [code, 'UKN0000000']);
    assert.equal('ResultParameters' in told, false);
  }
  assert.equal(await has(), before);
  await books.post(
    {
      transfers: [
        {
          kind: 'single',
          id: '00000000-0000-4000-8000-000000000003',
          debit: accounts.float,
          credit: working,
          amountCents: 10_000_000n,
          code: 'back',
        },
      ],
    },
    soon(),
  );
});

test('from the moment that the books are asked no timeout comes in between', async () => {
  const steps = worker({ products: [moves] });
  const id = await move(100);
  await steps.settle(moves);
  assert.equal((await row(id)).state, 'paying');
  clock.ms += 3_600_000;
  assert.equal(await steps.expire(), 0);
  await settleAll(steps);
  assert.equal((await callback(id)).result.ResultCode, 0);
});

test('R14: of a timeout and a worker that stood still meanwhile, the timeout wins and no money moves', async () => {
  const before = await has();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: PayingProduct = {
    ...moves,
    refusal: async () => {
      await held;
      return undefined;
    },
  };
  const id = await move(100);
  const standing = worker({ products: [slow] });
  const stopped = standing.settle(slow);
  await until('it has claimed', async () => (await row(id)).claimed_until !== null);
  clock.ms += 60_000;
  await settleAll(worker({ products: [moves] }));
  release();
  await stopped;
  await settleAll(standing);
  assert.equal((await row(id)).state, 'expired');
  assert.equal((await callback(id)).to, 'https://shop.test/timeout');
  assert.equal(await has(), before);
});

for (const when of ['before', 'after'] as const) {
  test(`R14: a worker that dies ${when} any of its calls moves the money once and tells it once`, async () => {
    for (let n = 1; ; n += 1) {
      const before = await has();
      const id = await move(100);
      const fault = faultAt(n, when);
      const dying = worker({
        products: [moves],
        database: fault.counted(database),
        books: {
          post: (...args) => fault.through(() => books.post(...args)),
          balances: books.balances.bind(books),
          openAccounts: books.openAccounts.bind(books),
        },
      });
      await untilCrash([() => dying.settle(moves), () => dying.pay(moves)]);
      clock.ms += 30_000;
      await settleAll(worker({ products: [moves] }));
      assert.equal(await has(), before + 100n, `at ${n}`);
      assert.equal((await callback(id)).result.ResultCode, 0);
      assert.equal((await callback(id)).result.TransactionID, (await row(id)).receipt);
      if (!fault.met()) return;
    }
  });
}

test('a callback is written as claimed and handed over by who posted it, and by nobody who posts it again', async () => {
  const mine = '00000000-0000-4000-8000-0000000000aa';
  const claimedBy = async (id: string) =>
    (await database.query('select claimed_by from delivery.callback where id = $1', [id])).rows[0]
      ?.claimed_by;
  const { handover, taken, open } = keepingHandover(mine);
  const id = await move(100);
  await settleAll(worker({ products: [moves], handover }));
  assert.deepEqual(
    taken.map(({ id }) => id),
    [id],
  );
  assert.equal(taken[0]?.body, (await callback(id)).text);
  assert.equal(await claimedBy(id), mine);

  const again = await move(100);
  const fault = faultAt(1, 'after');
  const dying = worker({
    products: [moves],
    handover,
    books: {
      post: (...args) => fault.through(() => books.post(...args)),
      balances: books.balances.bind(books),
      openAccounts: books.openAccounts.bind(books),
    },
  });
  await settleAll(dying);
  clock.ms += 30_000;
  await settleAll(worker({ products: [moves], handover }));
  assert.deepEqual([taken.length, open.size], [1, 0]);
  assert.equal(await claimedBy(again), mine, 'its claim lapses: it is found in the database');
  assert.equal((await callback(again)).result.ResultCode, 0);
});

test('who judged a payment keeps it while it lives; of who died it is another’s in seconds', async () => {
  const living = worker({ products: [moves] });
  const other = worker({ products: [moves] });
  const id = await move(100);
  await living.settle(moves);
  for (let second = 0; second < 12; second += 1) {
    clock.ms += 1_000;
    await living.renew();
    assert.equal(await other.pay(moves), 0, `second ${second}`);
  }
  clock.ms += 5_000;
  assert.equal(await other.pay(moves), 1);
  assert.equal((await row(id)).result_code, 0);
});

test('what was judged is paid when the worker ends', async () => {
  const before = await has();
  await move(100);
  const ending = worker({ products: [moves] });
  await ending.settle(moves);
  await ending.finish();
  assert.equal(await has(), before + 100n);
});

test('no index has what changes on the way of a request or a payment: the rows change within their pages', async () => {
  const { rows } = await database.query(
    `select indexdef from pg_indexes where schemaname = 'mpesa' and tablename in ('request', 'payment', 'stk_push')
     and indexdef ~ '(state|claimed_until|security_credential)'`,
  );
  assert.deepEqual(rows, []);
});

test('three workers at once pay every request once, and the books prove it', async () => {
  const before = await has();
  const ids = await Promise.all(Array.from({ length: 300 }, () => move(10)));
  const stop = new AbortController();
  const running = Array.from({ length: 3 }, () =>
    runRequests(worker({ products: [moves] }), { database, signal: stop.signal, log }),
  );
  await until('all are paid', async () => {
    const { rows } = await database.query(
      `select count(*)::int as open from mpesa.request where state in ('accepted', 'paying')`,
    );
    return rows[0].open === 0;
  });
  stop.abort();
  await Promise.all(running);
  assert.equal(await has(), before + 3_000n);
  assert.equal((await row(ids[0] ?? '')).state, 'resolved');
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
});
