import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { testDatabase } from '../../test/database.ts';
import { systemClock } from '../platform/clock.ts';
import { Deadline, DeadlineExceeded } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { auditBooks } from './audit.ts';
import { type Books, BooksOverloaded, openBooks } from './books.ts';
import { expireHolds } from './expiry.ts';
import { arbitraryEntries, sampleAccounts } from './kernel/arbitrary.ts';
import { Model } from './kernel/model.ts';
import type { AccountId, CompanionStatement, Entry, Transfer, Verdict } from './types.ts';

const migrations = new URL('./migrations', import.meta.url).pathname;
const { database, url } = await testDatabase([{ part: 'ledger', directory: migrations }]);
const log = pino({ enabled: false });
const soon = () => Deadline.in(20_000);

function open(options: { lanes?: number; maxBatch?: number; maxQueued?: number; log?: Log } = {}): Books {
  const opened = openBooks({ url, clock: systemClock, log, ...options });
  after(() => opened.close(Deadline.in(5_000)));
  return opened;
}
const books = open();

let nextAccount = 1_000_000n;
async function account(
  floorCents: bigint | null = 0n,
  ceilingCents: bigint | null = null,
): Promise<AccountId> {
  const id = nextAccount++;
  await books.openAccounts([{ id, kind: 'customer', floorCents, ceilingCents }], soon());
  return id;
}
const bank = await account(null);
async function funded(cents: bigint): Promise<AccountId> {
  const id = await account();
  await post(pay(bank, id, cents));
  return id;
}
function pay(debit: AccountId, credit: AccountId, amountCents: bigint): Transfer {
  return { kind: 'single', id: newId(), debit, credit, amountCents, code: 'test' };
}
const post = (...transfers: Transfer[]): Promise<Verdict> => books.post({ transfers }, soon());
const available = async (id: AccountId) => (await books.balance(id, soon()))?.availableCents;

async function assertSound(): Promise<void> {
  assert.deepEqual((await auditBooks(database, soon())).violations, []);
}

test('R14: a payment moves money once, however often it is posted', async () => {
  const [payer, payee] = [await funded(1_000n), await account()];
  const payment = pay(payer, payee, 300n);
  const verdict = { applied: true, debitAfterCents: [700n], creditAfterCents: [300n] };
  assert.deepEqual(await post(payment), { ...verdict, replayed: false });
  assert.deepEqual(await post(payment), { ...verdict, replayed: true });
  assert.equal(await available(payer), 700n);
  assert.equal((await books.balance(payee, soon()))?.postedCents, 300n);
});

test('a thousand payments at once get a verdict each', async () => {
  const [payer, payee] = [await funded(1_000n), await account()];
  const verdicts = await Promise.all(Array.from({ length: 1_200 }, () => post(pay(payer, payee, 1n))));
  assert.equal(verdicts.filter(({ applied }) => applied).length, 1_000);
  assert.equal(verdicts.filter((v) => !v.applied && v.reason === 'insufficient_funds').length, 200);
});

test('a chain of sixteen is applied whole or not at all, and names the culprit', async () => {
  const [payer, payee] = [await funded(15n), await account()];
  const chain = Array.from({ length: 16 }, () => pay(payer, payee, 1n));
  const refusal = { applied: false, replayed: false, reason: 'insufficient_funds', culprit: 15 } as const;
  assert.deepEqual(await post(...chain), refusal);
  assert.equal(await available(payer), 15n);
  await post(pay(bank, payer, 100n));
  assert.deepEqual(await post(...chain), { ...refusal, replayed: true }, 'a refusal is final for its ids');
  const again = chain.map((transfer) => ({ ...transfer, id: newId() }));
  assert.equal((await post(...again)).applied, true);
  assert.equal(await available(payee), 16n);
});

test('a hold expires once, however many sweepers there are', async () => {
  const [payer, payee] = [await funded(100n), await account()];
  const hold = {
    kind: 'pending',
    id: newId(),
    debit: payer,
    credit: payee,
    amountCents: 60n,
    code: 'hold',
  } as const;
  await post({ ...hold, expiresAt: new Date(1_000) });
  assert.equal(await available(payer), 40n);
  const sweep = () => expireHolds({ database, books, now: new Date(1_000) }, soon());
  const swept = await Promise.all([sweep(), sweep(), sweep()]);
  assert.equal(
    swept.reduce((sum, count) => sum + count),
    1,
  );
  assert.equal(await available(payer), 100n);
});

const note: CompanionStatement = {
  name: 'test: note',
  sql: 'insert into note (id, text, at, fine) select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::boolean[])',
};

test('companions commit with the verdict they tell of, and one that fails harms no other entry', async () => {
  await database.query('create table note (id uuid primary key, text text, at timestamptz, fine boolean)');
  const [payer, payee] = [await funded(5n), await account()];
  const noted = (amountCents: bigint, text: string, id = newId()): Entry => ({
    transfers: [{ ...pay(payer, payee, amountCents), id } as Transfer],
    companions: ({ applied }) => [{ statement: note, row: [id, text, new Date(0), applied] }],
    about: { payment: text },
  });
  const lines: string[] = [];
  const books = open({ log: pino({}, { write: (line: string) => lines.push(line) }) });
  const awkward = 'a "quoted" \\ and, {braced} text\nNULL';
  const taken = newId();
  const alone: Entry = {
    transfers: [],
    companions: () => [{ statement: note, row: [taken, null, null, true] }],
  };
  assert.equal((await books.post(alone, soon())).applied, true);
  const bad = books.post(noted(1n, 'id is taken', taken), soon());
  const good = [noted(5n, awkward), noted(5n, 'too much')].map((entry) => books.post(entry, soon()));
  await assert.rejects(bad, /duplicate key/);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ msg, payment }) => [msg, payment]),
    [['an entry could not be posted', 'id is taken']],
  );
  assert.deepEqual(
    (await Promise.all(good)).map(({ applied }) => applied),
    [true, false],
  );
  const { rows } = await database.query(
    'select text, fine from note where text is not null order by fine desc',
  );
  assert.deepEqual(rows, [
    { text: awkward, fine: true },
    { text: 'too much', fine: false },
  ]);
});

test('R12: over the bound of the queue an entry is refused at once', async () => {
  const small = open({ lanes: 1, maxQueued: 3 });
  const [payer, payee] = [await funded(10n), await account()];
  const posts = Array.from({ length: 5 }, () => small.post({ transfers: [pay(payer, payee, 1n)] }, soon()));
  const settled = await Promise.allSettled(posts);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  const [last] = settled.slice(-1);
  assert.ok(last?.status === 'rejected' && last.reason instanceof BooksOverloaded);
});

test('R1: a caller hears at its deadline that the outcome is unknown, and learns it with the same id', async () => {
  const [payer, payee] = [await funded(10n), await account()];
  const payment = pay(payer, payee, 4n);
  const blocker = await database.connect();
  await blocker.query('begin');
  await blocker.query('select from ledger.account where id = $1 for update', [payer]);
  await assert.rejects(books.post({ transfers: [payment] }, Deadline.in(100)), DeadlineExceeded);
  await blocker.query('rollback');
  blocker.release();
  assert.equal((await post(payment)).applied, true);
  assert.equal(await available(payer), 6n);
});

test('what another wrote meanwhile is found before anything is decided on the old state', async () => {
  const other = open({ lanes: 1 });
  const [payer, payee] = [await funded(10n), await account()];
  await post(pay(payer, payee, 1n));
  await other.post({ transfers: [pay(bank, payer, 90n)] }, soon());
  assert.equal((await post(pay(payer, payee, 95n))).applied, true, 'refused on a balance that was old');
  await database.query(`update ledger.account set state = 'frozen', terms = terms + 1 where id = $1`, [
    payer,
  ]);
  const frozen = await post(pay(payer, payee, 1n));
  assert.ok(!frozen.applied && frozen.reason === 'account_frozen');
});

let run = 100;
test('R14: the books say what the model says', async () => {
  const single = open({ lanes: 1, maxBatch: 7 });
  const property = fc.asyncProperty(
    fc.nat().chain(() => arbitraryEntries(30, run++, BigInt(run) * 10n)),
    async (entries) => {
      const shift = BigInt(run) * 10n;
      const accounts = sampleAccounts.map((account) => ({ ...account, id: account.id + shift }));
      await single.openAccounts(accounts, soon());
      const model = new Model(accounts);
      const verdicts = await Promise.all(entries.map((entry) => single.post(entry, soon())));
      for (const [index, entry] of entries.entries()) assert.deepEqual(verdicts[index], model.post(entry));
      for (const { id } of accounts) assert.equal(await available(id), model.available(id));
    },
  );
  await fc.assert(property, { numRuns: 40, endOnFailure: true });
  await assertSound();
});

test('R14: several posters on several books agree on every id, and the books stay sound', async () => {
  const shift = 500_000n;
  const accounts = sampleAccounts.map((account) => ({ ...account, id: account.id + shift }));
  await books.openAccounts(accounts, soon());
  const posters = [books, books, open(), open({ lanes: 1, maxBatch: 5 })];
  const drawn = fc.sample(arbitraryEntries(60, 9_999, shift), 12).flat();
  const said = new Map<string, string>();
  /** What was answered for the entry, first of all; nothing when its id belongs to another entry. */
  const hear = async (poster: Books, entry: Entry) => {
    const verdict = await poster.post(entry, soon());
    if (!verdict.applied && verdict.reason === 'id_reused') return;
    const [key, answer] = [inWords(entry.transfers), inWords({ ...verdict, replayed: undefined })];
    assert.equal(said.get(key) ?? answer, answer);
    said.set(key, answer);
  };
  await Promise.all(
    posters.map(async (poster, offset) => {
      for (let at = 0; at < drawn.length; at += 20) {
        const start = (at + offset * 50) % drawn.length;
        await Promise.all(drawn.slice(start, start + 20).map((entry) => hear(poster, entry)));
      }
    }),
  );
  for (const entry of drawn) await hear(books, entry);
  await assertSound();
});

function inWords(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part));
}

test('R14: sessions killed in the middle of batches lose and double nothing', async () => {
  const payers = await Promise.all(Array.from({ length: 20 }, () => funded(1_000n)));
  const payee = await account();
  const before = books.stats().reruns;
  let done = false;
  const killing = (async () => {
    while (!done) {
      await database.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'imara-books' and datname = current_database() and pid <> pg_backend_pid()`,
      );
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  })();
  const payments = Array.from({ length: 3_000 }, (_, index) => pay(payers[index % 20] ?? 0n, payee, 1n));
  for (let at = 0; at < payments.length; at += 100) {
    const slice = payments.slice(at, at + 100);
    const verdicts = await Promise.all(slice.map((payment) => post(payment)));
    assert.ok(verdicts.every(({ applied }) => applied));
  }
  done = true;
  await killing;
  assert.ok(books.stats().reruns > before, 'no session died: the test proves nothing');
  assert.equal(await available(payee), 3_000n);
  await assertSound();
});
