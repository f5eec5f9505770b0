import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../platform/clock.ts';
import { openDatabase } from '../platform/database/database.ts';
import { migrate } from '../platform/database/migrate.ts';
import { Deadline } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import { type RunningPostgres, startPostgres } from '../supervisor/postgres/postgres.ts';
import { auditBooks } from './audit.ts';
import { type Books, BooksOverloaded, openBooks } from './books.ts';
import type { Transfer, Verdict } from './types.ts';

const migrations = new URL('./migrations', import.meta.url).pathname;
const directory = await mkdtemp(join(tmpdir(), 'imara-crash-'));
let postgres: RunningPostgres = await startPostgres({ directory, port: 0 });
const { port } = postgres;
const url = postgres.url();
const database = openDatabase({ url, name: 'crash test', maxConnections: 2 });
await migrate(database, [{ part: 'ledger', directory: migrations }]);
const books = openBooks({ url, clock: systemClock, log: pino({ enabled: false }) });
after(async () => {
  await books.close(Deadline.in(5_000));
  await database.end();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

const CUSTOMERS = 50n;
const OPENING = 1_000n;
const KILLS = 3;

/** Posts the same ids until there is a verdict, as every caller of the books must. */
async function postUntilKnown(on: Books, transfers: readonly Transfer[]): Promise<Verdict> {
  for (const giveUp = Deadline.in(60_000); ; ) {
    try {
      return await on.post({ transfers }, Deadline.in(1_500));
    } catch (error) {
      if (giveUp.passed || error instanceof BooksOverloaded) throw error;
    }
  }
}

/** The dead server's children take a moment to end, and a new one does not start beside them. */
async function startAgain(): Promise<RunningPostgres> {
  for (const giveUp = Deadline.in(20_000); ; ) {
    try {
      const started = await startPostgres({ directory, port });
      assert.equal(started.port, port);
      return started;
    } catch (error) {
      if (giveUp.passed || !String(error).includes('still in use')) throw error;
    }
  }
}

test('R14: PostgreSQL killed and started again under load loses and doubles nothing that was acknowledged', async () => {
  const ids = Array.from({ length: Number(CUSTOMERS) }, (_, index) => BigInt(index + 2));
  await books.openAccounts(
    [
      { id: 1n, kind: 'clearing', floorCents: null, ceilingCents: null },
      ...ids.map((id) => ({ id, kind: 'customer', floorCents: 0n, ceilingCents: null }) as const),
    ],
    Deadline.in(10_000),
  );
  const pay = (debit: bigint, credit: bigint, amountCents: bigint): Transfer => {
    return { kind: 'single', id: newId(), debit, credit, amountCents, code: 'test' };
  };
  for (const id of ids) await postUntilKnown(books, [pay(1n, id, OPENING)]);

  const verdicts = new Map<string, Verdict>();
  let killing = true;
  const posters = Array.from({ length: 20 }, async (_, poster) => {
    for (let round = 0; killing; round++) {
      const debit = BigInt(2 + ((poster * 7 + round) % Number(CUSTOMERS)));
      const credit = BigInt(2 + ((poster * 7 + round + 1) % Number(CUSTOMERS)));
      const chain = [pay(debit, credit, 3n), pay(debit, 1n, 1n)];
      const verdict = await postUntilKnown(books, chain);
      for (const { id } of chain) verdicts.set(id, verdict);
    }
  });
  for (let kill = 0; kill < KILLS; kill++) {
    const reached = verdicts.size + 200;
    for (const deadline = Deadline.in(20_000); verdicts.size < reached; ) {
      assert.equal(deadline.passed, false, 'the posters came to a stop');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.kill(postgres.pid, 'SIGKILL');
    await postgres.exited;
    postgres = await startAgain();
  }
  killing = false;
  await Promise.all(posters);

  const { rows } = await database.query<{ id: string; applied: boolean }>(
    'select id, refusal is null as applied from ledger.transfer where size = 2',
  );
  const stored = new Map(rows.map(({ id, applied }) => [id, applied]));
  for (const [id, verdict] of verdicts) assert.equal(stored.get(id), verdict.applied, `transfer ${id}`);
  assert.equal(stored.size, verdicts.size, 'a transfer that nobody was told of');
  assert.deepEqual((await auditBooks(database, Deadline.in(20_000))).violations, []);
});
