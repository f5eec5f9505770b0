import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { createDatabase, startPostgres } from '../src/fleet/postgres.ts';
import { sandboxOrganisation, seedOrganisation } from '../src/mpesa/organisations.ts';
import { type Database, openDatabase } from '../src/platform/database.ts';
import { migrate } from '../src/platform/migrate.ts';
import { type Bench, median } from './report.ts';

const PATH = '/mpesa/stkpush/v1/processrequest';
const PROCESSES = 2;
const CONNECTIONS = 64;
const ROUNDS = 3;

/**
 * STK pushes accepted a second (durable in PostgreSQL before each acknowledgement), against a bare Fastify route that
 * echoes the same JSON: as many processes on one shared port, the same load generator, on the same cores, in turns.
 */
export const push: Bench = async ({ seconds, log }) => {
  const directory = await mkdtemp(join(tmpdir(), 'imara-bench-push-'));
  const postgres = await startPostgres({ directory, port: 0 });
  const children: ChildProcess[] = [];
  try {
    await createDatabase(postgres.url(), 'bench');
    const database = openDatabase({ url: postgres.url('bench'), name: 'bench', maxConnections: 2 });
    await migrate(database, [
      { part: 'mpesa', directory: join(import.meta.dirname, '../src/mpesa/migrations') },
    ]);
    await seedOrganisation(database, sandboxOrganisation);

    const bare = await startOnOnePort(children, './push/bare-fastify.ts', []);
    const imara = await startOnOnePort(children, './push/api.ts', [postgres.url('bench')]);
    await load(imara, 2);
    await load(bare, 2);
    const bareRuns: Run[] = [];
    const imaraRuns: Run[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      bareRuns.push(await load(bare, seconds));
      await database.query('truncate mpesa.stk_push');
      const run = await load(imara, seconds);
      await assertDurable(database, run);
      imaraRuns.push(run);
      log(
        `round ${round}: bare ${bareRuns.at(-1)?.perSecond}/s, pushes ${run.perSecond}/s, ${run.refused} refused`,
      );
    }
    await database.end();
    const figure = (runs: Run[], key: keyof Run) => median(runs.map((run) => run[key]));
    const ratio = figure(imaraRuns, 'perSecond') / figure(bareRuns, 'perSecond');
    return {
      bench: 'STK pushes accepted, durable before the acknowledgement',
      figures: [
        { what: 'pushes accepted', value: figure(imaraRuns, 'perSecond'), unit: '/s' },
        { what: 'bare Fastify route, the same JSON', value: figure(bareRuns, 'perSecond'), unit: '/s' },
        { what: 'ratio', value: ratio, unit: '×', reach: { at: 'least', value: 0.4 } },
        { what: 'acknowledgement p50', value: figure(imaraRuns, 'p50Ms'), unit: 'ms' },
        { what: 'acknowledgement p99', value: figure(imaraRuns, 'p99Ms'), unit: 'ms' },
      ],
      notes: [
        `${PROCESSES} processes on one port, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${seconds} s in turns, medians`,
        'every push from another subscriber; load generator, servers and PostgreSQL share the cores',
      ],
    };
  } finally {
    await Promise.all(children.map(end));
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
};

interface Run {
  perSecond: number;
  accepted: number;
  /** Answered "busy" by admission. */
  refused: number;
  p50Ms: number;
  p99Ms: number;
}

const subscribers = (function* () {
  for (let i = 0; ; i += 1) yield `2547${String(i % 100_000_000).padStart(8, '0')}`;
})();

function body(): string {
  const msisdn = subscribers.next().value;
  const timestamp = '20261123120000';
  const { shortCode, passkey } = sandboxOrganisation;
  return JSON.stringify({
    BusinessShortCode: Number(shortCode),
    Password: Buffer.from(shortCode + passkey + timestamp).toString('base64'),
    Timestamp: timestamp,
    TransactionType: 'CustomerPayBillOnline',
    Amount: '1',
    PartyA: msisdn,
    PartyB: shortCode,
    PhoneNumber: msisdn,
    CallBackURL: 'https://merchant.example.com/payments/callback',
    AccountReference: 'order-1',
    TransactionDesc: 'Payment',
  });
}

async function load(port: number, seconds: number): Promise<Run> {
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        path: PATH,
        headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
        setupRequest: (request) => ({ ...request, body: body() }),
      },
    ],
  });
  const lost = result.errors + result.timeouts;
  if (lost > 0) throw new Error(`${lost} of ${result.requests.total} requests were not answered`);
  return {
    perSecond: Math.round(result['2xx'] / result.duration),
    accepted: result['2xx'],
    refused: result.non2xx,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}

/** Every acknowledgement the load generator counted is a row. Rows of answers it did not wait for may be more. */
async function assertDurable(database: Database, run: Run): Promise<void> {
  const { rows } = await database.query<{ count: bigint }>('select count(*) from mpesa.stk_push');
  const count = Number(rows[0]?.count ?? 0);
  if (count < run.accepted) throw new Error(`${run.accepted} pushes acknowledged, ${count} written`);
}

async function startOnOnePort(children: ChildProcess[], file: string, args: string[]): Promise<number> {
  let port = 0;
  for (let i = 0; i < PROCESSES; i += 1) {
    const child = fork(new URL(file, import.meta.url), [String(port), ...args]);
    children.push(child);
    const [message] = await once(child, 'message', { signal: AbortSignal.timeout(10_000) });
    port = message.port;
  }
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
