import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Crash, faultAt } from '../../../../../test/mpesa/crash.ts';
import { kill, startWorker } from '../../../../../test/mpesa/killed-worker.ts';
import { PAYBILL, settleAll, settlementFixture } from '../../../../../test/mpesa/settlement.ts';
import { until } from '../../../../../test/until.ts';
import type { Handover } from '../../../../delivery/outbox/handover.ts';
import type { Callback } from '../../../../delivery/types.ts';
import { seededWallet } from '../../../../handset/seeds.ts';
import { createSimulatedGateway } from '../../../../handset/simulated.ts';
import type { AnswerOutcome, HandsetGateway } from '../../../../handset/types.ts';
import type { Books } from '../../../../ledger/books.ts';
import { newId } from '../../../../platform/ids.ts';
import { createReceipts } from '../../../identifiers/receipt-numbers.ts';
import { createAccountOpener } from '../../../parties/accounts/account-opener.ts';
import { accounts } from '../../../parties/accounts/accounts.ts';
import type { ResultCode } from '../../../results/codes.ts';
import { runStkSettlement } from './run.ts';

const fixture = await settlementFixture();
const { database, books, clock, settings, phones, worker, push, row, callback, balanceCents, utilityCents } =
  fixture;

let last = 254_720_000_000;
const newNumber = () => String(++last);

type Fault = ReturnType<typeof faultAt>;

function faultyWorker(fault: Fault) {
  const failing = fault.counted(database);
  const failingBooks: Pick<Books, 'post' | 'openAccounts' | 'balance'> = {
    post: (...args) => fault.through(() => books.post(...args)),
    openAccounts: (...args) => fault.through(() => books.openAccounts(...args)),
    balance: (...args) => fault.through(() => books.balance(...args)),
  };
  return worker({
    database: failing,
    books: failingBooks,
    accounts: createAccountOpener({
      books: failingBooks,
      settings: () => settings.accounts,
      termsOf: seededWallet,
      clock,
    }),
    receipts: createReceipts(failing, { blockSize: 10 }),
    gateway: createSimulatedGateway({ database: failing, settings: () => settings.handset, clock }),
  });
}

for (const when of ['before', 'after'] as const) {
  test(`R14: a worker that dies ${when} any of its calls loses nothing and doubles nothing`, async () => {
    for (let n = 1; ; n++) {
      const before = (await utilityCents()) ?? 0n;
      const [payer, canceller, poor] = [newNumber(), newNumber(), newNumber()];
      await phones.set(canceller, { behaviour: 'cancels' });
      const ids = [await push(payer, 100), await push(canceller, 100), await push(poor, 60_000)];
      const fault = faultAt(n, when);
      const dying = faultyWorker(fault);
      for (const step of [dying.send, dying.collect, dying.pay]) {
        const died = await step().then(
          () => false,
          (error: unknown) => {
            assert.ok(error instanceof Crash, String(error));
            return true;
          },
        );
        if (died) break;
        clock.ms += 1_000;
      }
      // The next one finds what was claimed when the claim has lapsed.
      clock.ms += 31_000;
      await settleAll(worker());
      clock.ms += 1_000;
      await settleAll(worker());

      const codes = [];
      for (const id of ids) {
        const { state, result_code } = await row(id);
        assert.equal(state, 'resolved', `call ${n}`);
        assert.equal((await callback(id)).result.ResultCode, result_code);
        codes.push(result_code);
      }
      assert.deepEqual(codes, [0, 1032, 1], `call ${n}`);
      assert.equal(await balanceCents(BigInt(payer)), 4_990_000n, `call ${n}`);
      assert.equal(await balanceCents(BigInt(poor)), 5_000_000n, `call ${n}`);
      assert.equal(await utilityCents(), before + 10_000n, `call ${n}`);
      const { rows } = await database.query('select count(*)::int as open from handset.prompt');
      assert.deepEqual(rows, [{ open: 0 }], 'every answer was acknowledged');
      if (!fault.met()) {
        assert.ok(n > 15, `only ${n} calls were met`);
        return;
      }
    }
  });
}

/** A phone whose answer is decided; every worker that asks gets it. */
function gatewayWith(id: string, outcome: AnswerOutcome): HandsetGateway {
  return {
    async prompt() {},
    answers: async () => [{ id, outcome, at: new Date(clock.ms) }],
    async acknowledge() {},
  };
}

test('of an answer, a cancellation and an expiry exactly one wins, whoever comes first', async () => {
  const winners = new Map<number, number>();
  for (let round = 0; round < 24; round++) {
    const before = (await utilityCents()) ?? 0n;
    const id = await push(newNumber(), 10);
    await worker({ gateway: gatewayWith(id, 'accepted') }).send();
    clock.ms += 60_000;
    const racers = [
      worker({ gateway: gatewayWith(id, 'accepted') }).collect,
      worker({ gateway: gatewayWith(id, 'cancelled') }).collect,
      worker().expire,
    ];
    for (let turn = 0; turn < round % 3; turn++) racers.push(...racers.splice(0, 1));
    await Promise.all(racers.map((race) => race()));
    // Who collected the answer is gone: another pays when its claim has lapsed.
    assert.equal(await worker().pay(), 0);
    clock.ms += 31_000;
    await worker().pay();
    const { state, result_code, receipt } = await row(id);
    assert.equal(state, 'resolved');
    assert.equal((await callback(id)).result.ResultCode, result_code);
    assert.equal(receipt !== null, result_code === 0);
    assert.equal(((await utilityCents()) ?? 0n) - before, result_code === 0 ? 1_000n : 0n);
    winners.set(result_code, (winners.get(result_code) ?? 0) + 1);
  }
  assert.ok(winners.size > 1, 'the race was a race');
});

test('a worker that stops pays what it has collected: no other would for half a minute', async () => {
  const stopping = worker();
  const id = await push(newNumber(), 10);
  await stopping.send();
  clock.ms += 1_000;
  await stopping.collect();
  assert.equal((await row(id)).state, 'answered');
  await stopping.finish();
  assert.equal((await row(id)).result_code, 0);
});

test('callbacks of payments that this call has made are handed over; of one that was made before, let go', async () => {
  const claim = { id: newId(), host: 'shop.test', leaseMs: 10_000 };
  const taken: Callback[] = [];
  let letGo = 0;
  const handover: Handover = {
    claim: () => claim,
    take: (told) => taken.push(told),
    letGo: () => {
      letGo += 1;
    },
  };
  const [paid, poor, before] = [newNumber(), newNumber(), newNumber()];
  const ids = [await push(paid, 10), await push(poor, 60_000), await push(before, 10)];
  const dying = worker({
    books: {
      post: async (...args) => {
        await books.post(...args);
        throw new Crash();
      },
    },
    handover,
  });
  const settling = worker({ handover });
  await settling.send();
  clock.ms += 1_000;
  await worker({ gateway: gatewayWith(ids[2] ?? '', 'accepted') }).collect();
  clock.ms += 31_000;
  await dying.pay();
  assert.deepEqual([taken.length, letGo], [0, 1], 'whether it is committed is not known');
  // As it was before its money moved: another worker posts it again.
  await database.query(
    `update mpesa.stk_push set state = 'answered', result_code = null, result_desc = null, resolved_at = null,
       receipt = 'AGAIN', claimed_until = null where id = $1`,
    [ids[2]],
  );
  await settling.collect();
  await settling.pay();
  await settling.pay();
  assert.equal(letGo, 2, 'its callback may be anybody’s');
  assert.deepEqual(new Set(taken.map(({ id }) => id)), new Set(ids.slice(0, 2)));
  for (const { id, body } of taken) {
    const { rows } = await database.query('select body, claimed_by from delivery.callback where id = $1', [
      id,
    ]);
    assert.deepEqual(rows, [{ body, claimed_by: claim.id }]);
  }
});

test('three workers at once, and one of them cut off from its hints, settle every push once', async () => {
  settings.handset = { ...settings.handset, answerAfterMs: 0 };
  const before = (await utilityCents()) ?? 0n;
  const counted: ResultCode[] = [];
  const stop = new AbortController();
  const running = Array.from({ length: 3 }, () =>
    runStkSettlement(worker({ onResolved: ({ code }) => counted.push(code) }), {
      database,
      signal: stop.signal,
      log: fixture.log,
    }),
  );
  const ids: string[] = [];
  for (let i = 0; i < 300; i++) ids.push(await push(newNumber(), 10));
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query like 'listen%' limit 1`,
  );
  const unsettled = async () => {
    const { rows } = await database.query<{ n: number }>(
      `select count(*)::int as n from mpesa.stk_push where id = any($1) and state <> 'resolved'`,
      [ids],
    );
    return rows[0]?.n;
  };
  await until('all pushes are settled', async () => (await unsettled()) === 0);
  stop.abort();
  await Promise.all(running);
  assert.deepEqual(counted, Array(300).fill(0), 'each is told to the metrics once');
  assert.equal(await utilityCents(), before + 300_000n);
  const { rows } = await database.query<{ n: number }>(
    'select count(distinct receipt)::int as n from mpesa.stk_push where id = any($1)',
    [ids],
  );
  assert.deepEqual(rows, [{ n: 300 }]);
});

test('answers that came in time count, however long no worker was there to hear them', async () => {
  settings.handset = { ...settings.handset, answerAfterMs: 1_000 };
  const ids = [await push(newNumber(), 10), await push('254700000004', 10), await push('254700000005', 10)];
  await worker().send();
  clock.ms += 120_000;
  const stop = new AbortController();
  const running = runStkSettlement(worker(), { database, signal: stop.signal, log: fixture.log });
  const codes = await until('all are resolved', async () => {
    const rows = await Promise.all(ids.map(row));
    return rows.every(({ state }) => state === 'resolved') && rows.map(({ result_code }) => result_code);
  });
  stop.abort();
  await running;
  assert.deepEqual(codes, [0, 1032, 1037]);
});

test('who collected an answer keeps it while it lives, however long it takes; of who died it is another’s in seconds', async () => {
  settings.handset = { ...settings.handset, answerAfterMs: 0 };
  const living = worker();
  const id = await push(newNumber(), 10);
  await living.send();
  await living.collect();
  assert.equal(await living.renew(), 0, 'a fresh claim costs nothing');
  for (let second = 0; second < 40; second++) {
    clock.ms += 1_000;
    await living.renew();
    assert.equal(await worker().pay(), 0, `second ${second}`);
  }
  // It died: it renews nothing any more.
  clock.ms += 5_000;
  assert.equal(await worker().pay(), 1);
  assert.equal((await row(id)).result_code, 0);
  assert.equal(await living.pay(), 1, 'it stood still, and wakes: the payment is made, once');
  assert.equal(await balanceCents(BigInt((await row(id)).msisdn)), 4_999_000n);
  clock.ms += 5_000;
  assert.equal(await living.renew(), 0, 'what it is done with it does not hold');
});

test('kill -9 between the answer and the money: another worker pays in seconds', async () => {
  // The workers' time is the real one.
  clock.ms = Date.now();
  const start = () => startWorker('stk-worker.ts', { TEST_DATABASE: fixture.url });
  const resolved = async (id: string) => (await row(id)).state === 'resolved';
  const dying = start();
  const before = await push(newNumber(), 10);
  await until('it is at work', () => resolved(before));
  const locked = await database.connect();
  after(() => locked.release(true));
  await locked.query('set idle_in_transaction_session_timeout = 0; begin');
  const { rowCount } = await locked.query('select from ledger.account where id = $1 for update', [
    accounts.organisation(PAYBILL, 'utility'),
  ]);
  assert.equal(rowCount, 1);
  const id = await push(newNumber(), 10);
  const waitsForLock = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await until('it is about to pay', async () => ((await database.query(waitsForLock)).rowCount ?? 0) > 0);
  const { claimed_until: first } = await row(id);
  await until('its claim is renewed', async () => (await row(id)).claimed_until > first);
  await kill(dying);
  // Its connection would post what it was sent.
  await database.query(`select pg_terminate_backend(pid) from (${waitsForLock}) waiting`);
  await locked.query('rollback');
  assert.equal((await row(id)).state, 'answered');
  const next = start();
  await until('it is paid', () => resolved(id), { deadlineMs: 25_000 });
  await kill(next);
  assert.equal((await row(id)).result_code, 0);
  assert.equal(await balanceCents(BigInt((await row(id)).msisdn)), 4_999_000n);
});
