import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { sandboxOrganisation } from '../../src/mpesa/parties/sandbox.ts';
import { insertPushes } from '../../src/mpesa/products/stk-push/insert.ts';
import { type Database, openDatabase } from '../../src/platform/database/database.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { newId } from '../../src/platform/ids.ts';
import { lookUntil } from '../../src/platform/loop/look-until.ts';
import { schema } from '../../src/process/document/schema.ts';
import { createDatabase, startPostgres } from '../../src/supervisor/postgres/postgres.ts';
import { nextMessage } from '../children.ts';
import { type Bench, type Figure, quantile } from '../report.ts';

/**
 * Payments a second: an ordinary load, and more than one worker settles where it shares two cores with
 * everything.
 */
const RATES = [200, 500, 1_700];
const SUBSCRIBERS = 8_000;
const TICK_MS = 20;
const DRAIN_MS = 120_000;

/**
 * Callbacks behind the settlement: pushes are written at a rate, one real worker settles them and delivers
 * their callbacks to one receiver that answers at once. The lag of a callback is from its payment's result to
 * its arrival.
 */
export const callbacks: Bench = async ({ seconds, log }) => {
  const home = await mkdtemp(join(tmpdir(), 'imara-bench-callbacks-'));
  const postgres = await startPostgres({ directory: join(home, 'postgres'), port: 0 });
  const children: ChildProcess[] = [];
  try {
    await createDatabase(postgres.url(), 'bench');
    const url = postgres.url('bench');
    const database = openDatabase({ url, name: 'bench', maxConnections: 4 });
    await migrate(database, schema);
    await seedOrganisation(database, sandboxOrganisation);
    const receiver = start(children, './receiver.ts', {});
    const { port } = await nextMessage<{ port: number }>(receiver, 'the receiver');
    const config = join(home, 'config.json');
    await writeFile(config, JSON.stringify({ handset: { answerAfterMs: 0 } }));
    const worker = start(children, '../../src/process/main/worker.ts', {
      DATABASE_URL: url,
      IMARA_HOME: home,
      IMARA_HOST: '127.0.0.1',
      IMARA_PROFILE: 'local',
      IMARA_AUTH_SERVERS: 'http://127.0.0.1:9',
      IMARA_CONFIG: config,
      IMARA_LOG_LEVEL: 'error',
      IMARA_NAME: 'worker',
    });
    await nextMessage(worker, 'the worker');
    const rig = { database, receiver, target: `http://127.0.0.1:${port}/callback` };
    // Opens every account once, and lets the compiler see the path.
    await run(rig, SUBSCRIBERS / 8, 8);
    const figures: Figure[] = [];
    for (const rate of RATES) {
      const seen = await run(rig, rate, seconds);
      log(
        `${rate}/s offered: ${seen.settledPerSecond}/s settled, ${seen.perSecond}/s of callbacks meanwhile`,
      );
      const of = `${rate}/s offered: `;
      figures.push(
        { what: `${of}payments settled`, value: seen.settledPerSecond, unit: '/s' },
        { what: `${of}callbacks meanwhile`, value: seen.perSecond, unit: '/s' },
        { what: `${of}lag of a callback, p50`, value: quantile(seen.lagsMs, 0.5), unit: 'ms' },
        { what: `${of}lag of a callback, p99`, value: quantile(seen.lagsMs, 0.99), unit: 'ms' },
      );
    }
    await database.end();
    return {
      bench: 'callbacks: from the result of a payment to the arrival of its callback',
      figures,
      notes: [
        `one worker, one receiver that answers at once, ${seconds} s of load each, ${SUBSCRIBERS} subscribers`,
        'worker, receiver, PostgreSQL and what writes the pushes share the cores',
      ],
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  }
};

interface Rig {
  database: Database;
  receiver: ChildProcess;
  target: string;
}

interface Seen {
  settledPerSecond: number;
  /** Callbacks that arrived while payments were being settled. */
  perSecond: number;
  lagsMs: number[];
}

let written = 0;

/** Offers pushes for `seconds`, waits until every callback has arrived, and reads what happened. */
async function run({ database, receiver, target }: Rig, rate: number, seconds: number): Promise<Seen> {
  await database.query('truncate mpesa.stk_push, delivery.callback, delivery.attempt, handset.sms');
  const startedAt = Date.now();
  let offered = 0;
  const writes: Promise<unknown>[] = [];
  while (Date.now() < startedAt + seconds * 1_000) {
    const due = Math.min(rate * seconds, Math.floor(((Date.now() - startedAt) / 1_000) * rate)) - offered;
    if (due > 0) writes.push(write(database, target, due));
    offered += Math.max(0, due);
    await sleep(TICK_MS);
  }
  await Promise.all(writes);
  const left = async (): Promise<number> => {
    const { rows } = await database.query<{ left: bigint }>(
      `select (select count(*) from mpesa.stk_push where state <> 'resolved')
         + (select count(*) from delivery.callback where state = 'pending') as left`,
    );
    return Number(rows[0]?.left);
  };
  const deadline = Deadline.in(DRAIN_MS);
  const isDone = await lookUntil(async () => (await left()) === 0 || undefined, { everyMs: 100, deadline });
  if (isDone === undefined)
    throw new Error(`${await left()} were not done ${DRAIN_MS / 1_000} s after the load`);
  receiver.send('report');
  const { arrivals } = await nextMessage<{ arrivals: [string, number][] }>(receiver, 'the receiver');
  const arrivedAt = new Map(arrivals);
  const { rows } = await database.query<{ checkout: string; resolvedAt: Date }>(
    'select checkout_request_id as checkout, resolved_at as "resolvedAt" from mpesa.stk_push',
  );
  const settledAt = rows.map((row) => row.resolvedAt.getTime()).toSorted((a, b) => a - b);
  const [first = 0, last = 0] = [settledAt[0], settledAt.at(-1)];
  const lagsMs = rows.map(({ checkout, resolvedAt }) => {
    const at = arrivedAt.get(checkout);
    if (at === undefined) throw new Error(`the callback of ${checkout} did not arrive`);
    return Math.max(0, at - resolvedAt.getTime());
  });
  const lasted = Math.max(1, last - first) / 1_000;
  const meanwhile = arrivals.filter(([, at]) => at <= last).length;
  return {
    settledPerSecond: Math.round(rows.length / lasted),
    perSecond: Math.round(meanwhile / lasted),
    lagsMs,
  };
}

function write(database: Database, target: string, count: number): Promise<unknown> {
  const pushes = Array.from({ length: count }, () => {
    written += 1;
    const msisdn = `25471${String(written % SUBSCRIBERS).padStart(7, '0')}`;
    return {
      id: newId(),
      merchantRequestId: `bench-${written}`,
      checkoutRequestId: `ws_CO_${written}`,
      appId: 'bench',
      shortCode: sandboxOrganisation.shortCode,
      partyB: sandboxOrganisation.shortCode,
      transactionType: 'CustomerPayBillOnline' as const,
      msisdn,
      amountCents: 100n,
      accountReference: 'INV-7',
      description: 'bench',
      callbackUrl: target,
    };
  });
  return insertPushes(database, pushes, { acceptedAtMs: Date.now(), lifetimeMs: 600_000 });
}

function start(children: ChildProcess[], file: string, environment: Record<string, string>): ChildProcess {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  return child;
}
