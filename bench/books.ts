import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { auditBooks } from '../src/ledger/audit.ts';
import { type Books, openBooks } from '../src/ledger/books.ts';
import type { Entry, Transfer, UsageLimit } from '../src/ledger/types.ts';
import { systemClock } from '../src/platform/clock.ts';
import { type Database, openDatabase } from '../src/platform/database/database.ts';
import { migrate } from '../src/platform/database/migrate.ts';
import { Deadline } from '../src/platform/deadline.ts';
import { newId } from '../src/platform/ids.ts';
import { startPostgres } from '../src/supervisor/postgres/postgres.ts';
import { type Bench, median } from './report.ts';

const ACCOUNTS = 100_000;
/** One side of every transfer when accounts are not uniform, and the fee account of the full mix. */
const HOT = 1n;
const CALLERS = 2_000;
const NAIVE_CONNECTIONS = [1, 2, 4, 8, 16];
const ROUNDS = 5;
const migrations = new URL('../src/ledger/migrations', import.meta.url).pathname;

/**
 * Durable transfers a second of the books against one transaction a transfer, on the same PostgreSQL in one
 * run.
 */
export const books: Bench = async ({ seconds, log }) => {
  const directory = await mkdtemp(join(tmpdir(), 'imara-bench-'));
  const postgres = await startPostgres({ directory, port: 0 });
  const url = postgres.url();
  const database = openDatabase({ url, name: 'bench', maxConnections: 2, statementTimeoutMs: 120_000 });
  const opened = openBooks({ url, clock: systemClock, log: pino({ level: 'warn' }) });
  try {
    await makeAccounts(database);
    const sliceMs = (1_000 * seconds) / 3;
    const rates = new Map<string, number[]>();
    const measure = async (what: string, run: () => Promise<number>) => {
      const rate = await run();
      rates.set(what, [...(rates.get(what) ?? []), rate]);
      log(`${what}: ${Math.round(rate)}/s`);
    };
    const rateOf = (what: string) => median(rates.get(what) ?? []);
    const naiveOn = (connections: number) => `naive, ${connections} connections`;

    const makeFull = fullMix();
    await post(opened, sliceMs, plain(uniform));
    await post(opened, sliceMs, makeFull);
    for (const connections of NAIVE_CONNECTIONS) {
      await measure(naiveOn(connections), () => postNaively(url, connections, sliceMs, uniform));
    }
    const best = NAIVE_CONNECTIONS.toSorted((a, b) => rateOf(naiveOn(b)) - rateOf(naiveOn(a)))[0] ?? 1;
    for (let round = 0; round < ROUNDS; round++) {
      await measure('naive, uniform', () => postNaively(url, best, sliceMs, uniform));
      await measure('books plain, uniform', () => post(opened, sliceMs, plain(uniform)));
      await measure('books plain, hot', () => post(opened, sliceMs, plain(hot)));
      await measure('books full', () => post(opened, sliceMs, makeFull));
      await measure('naive, hot', () => postNaively(url, best, sliceMs, hot));
      await measure('naive, 1 connection', () => postNaively(url, 1, sliceMs, uniform));
    }
    const { reruns, batches, entries } = opened.stats();
    const audit = await auditBooks(database, Deadline.in(120_000));
    if (!audit.sound) throw new Error(`the audit failed: ${JSON.stringify(audit.violations)}`);

    // Round by round: the machine may be shared, and neighbours in time shared it alike.
    const ratio = (what: string, to: string) => {
      const others = rates.get(to) ?? [];
      return median((rates.get(what) ?? []).map((rate, round) => rate / (others[round] ?? Number.NaN)));
    };
    return {
      bench: 'books',
      figures: [
        { what: 'naive, uniform, best of 1 to 16 connections', value: rateOf('naive, uniform'), unit: '/s' },
        { what: 'naive, uniform, 1 connection', value: rateOf('naive, 1 connection'), unit: '/s' },
        { what: 'naive, hot account', value: rateOf('naive, hot'), unit: '/s' },
        { what: 'books plain, uniform', value: rateOf('books plain, uniform'), unit: '/s' },
        { what: 'books plain, hot account', value: rateOf('books plain, hot'), unit: '/s' },
        { what: 'books with everything', value: rateOf('books full'), unit: '/s' },
        {
          what: 'plain / naive best, uniform',
          value: ratio('books plain, uniform', 'naive, uniform'),
          unit: '×',
          reach: { at: 'least', value: 15 },
        },
        {
          what: 'hot / uniform, plain',
          value: ratio('books plain, hot', 'books plain, uniform'),
          unit: '×',
          reach: { at: 'least', value: 0.9 },
        },
        {
          what: 'with everything / naive best, uniform',
          value: ratio('books full', 'naive, uniform'),
          unit: '×',
          reach: { at: 'least', value: 8 },
        },
        {
          what: 'plain / naive, 1 connection',
          value: ratio('books plain, uniform', 'naive, 1 connection'),
          unit: '×',
        },
        { what: 'plain / naive best, hot', value: ratio('books plain, hot', 'naive, hot'), unit: '×' },
      ],
      notes: [
        `naive: BEGIN, INSERT, UPDATE, UPDATE, COMMIT, each awaited, prepared; best with ${best} connections`,
        `${ACCOUNTS} accounts, ${CALLERS} callers each with one entry under way, fsync on; medians of ${ROUNDS} interleaved slices`,
        'counted: transfers with a verdict that are durable; payment + fee is 2, as it would be for naive; a replay is 0',
        'everything: 50 % payments, 15 % payment + fee, 15 % holds, 20 % resolutions, 1 % replays, daily limits, floors',
        `${entries} entries in ${batches} batches, ${reruns} run again; the audit of ${audit.transfers} transfers found all ${audit.invariants} invariants to hold`,
      ],
    };
  } finally {
    await opened.close(Deadline.in(10_000));
    await database.end();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

async function makeAccounts(database: Database): Promise<void> {
  await migrate(database, [{ part: 'ledger', directory: migrations }]);
  // An overdraft that is never used up: the floor is checked, and nobody has to be funded first.
  await database.query(`insert into ledger.account (id, kind, floor)
    select id, 'customer', -1000000000000 from generate_series(1, ${ACCOUNTS}) id`);
  await database.query(`
    create table naive_account (id bigint primary key, balance bigint not null) with (fillfactor = 50);
    create table naive_transfer (id uuid primary key, debit bigint not null, credit bigint not null,
      amount bigint not null, recorded_at timestamptz not null);
    insert into naive_account select id, 0 from generate_series(1, ${ACCOUNTS}) id`);
  await database.query('vacuum analyze ledger.account');
  await database.query('vacuum analyze naive_account');
}

interface Pair {
  debit: bigint;
  credit: bigint;
}

function anyAccount(): bigint {
  return BigInt(2 + Math.floor(Math.random() * (ACCOUNTS - 1)));
}

function uniform(): Pair {
  const debit = anyAccount();
  let credit = anyAccount();
  while (credit === debit) credit = anyAccount();
  return { debit, credit };
}

function hot(): Pair {
  return { debit: anyAccount(), credit: HOT };
}

function payment(pair: Pair, limits: UsageLimit[] = []): Transfer {
  return { kind: 'single', id: newId(), ...pair, amountCents: 100n, code: 'bench', limits };
}

function plain(pair: () => Pair): () => Entry {
  return () => ({ transfers: [payment(pair())] });
}

/** Draws from the mix of all features; holds are resolved once they are old enough to be committed. */
function fullMix(): () => Entry {
  const holds: string[] = [];
  const recent: Entry[] = [];
  const draw = (): Entry => {
    const pair = uniform();
    const key = String(pair.debit);
    const limits = [{ scope: 'daily', key, window: '2026-11-23', maxCents: 10n ** 12n }];
    const dice = Math.random();
    if (dice < 0.15) {
      const fee: Transfer = { ...payment({ debit: pair.debit, credit: HOT }), code: 'fee' };
      return { transfers: [payment(pair, limits), fee] };
    }
    if (dice < 0.3) {
      const id = newId();
      holds.push(id);
      const expiresAt = new Date(Date.now() + 3_600_000);
      return { transfers: [{ ...payment(pair, limits), kind: 'pending', id, expiresAt } as Transfer] };
    }
    if (dice < 0.5 && holds.length > 2 * CALLERS) {
      const pendingId = holds.shift() ?? '';
      const id = newId();
      const posting: Transfer = { kind: 'post', id, pendingId, amountCents: 60n, code: 'bench' };
      return { transfers: [dice < 0.45 ? posting : { kind: 'void', id, pendingId, code: 'bench' }] };
    }
    return { transfers: [payment(pair, limits)] };
  };
  return () => {
    const earlier = Math.random() < 0.01 ? recent.shift() : undefined;
    if (earlier !== undefined) return earlier;
    const entry = draw();
    if (Math.random() < 0.02) recent.push(entry);
    return entry;
  };
}

/**
 * Posts from all callers for a while; transfers a second. An entry that is refused is a mistake of the bench.
 */
async function post(on: Books, forMs: number, next: () => Entry): Promise<number> {
  let transfers = 0;
  const start = performance.now();
  const caller = async () => {
    while (performance.now() - start < forMs) {
      const entry = next();
      const verdict = await on.post(entry, Deadline.in(30_000));
      if (!verdict.applied) throw new Error(`refused: ${verdict.reason}`);
      if (!verdict.replayed) transfers += entry.transfers.length;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (1_000 * transfers) / (performance.now() - start);
}

async function postNaively(
  url: string,
  connections: number,
  forMs: number,
  pair: () => Pair,
): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
      await client.connect();
      return client;
    }),
  );
  let transfers = 0;
  const start = performance.now();
  const poster = async (client: Client) => {
    while (performance.now() - start < forMs) {
      await postOne(client, pair());
      transfers += 1;
    }
  };
  await Promise.all(clients.map(poster));
  const rate = (1_000 * transfers) / (performance.now() - start);
  await Promise.all(clients.map((client) => client.end()));
  return rate;
}

async function postOne(client: Client, { debit, credit }: Pair): Promise<void> {
  const update = 'update naive_account set balance = balance + $2 where id = $1';
  const legs: [bigint, number][] = [
    [debit, -100],
    [credit, 100],
  ];
  // In the order of the ids, so that no two transactions deadlock.
  legs.sort(([a], [b]) => (a < b ? -1 : 1));
  await client.query('begin');
  await client.query({
    name: 'insert',
    text: 'insert into naive_transfer values ($1, $2, $3, $4, now())',
    values: [newId(), debit, credit, 100],
  });
  for (const values of legs) await client.query({ name: 'update', text: update, values });
  await client.query('commit');
}
