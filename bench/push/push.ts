import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { seedApp } from '../../src/auth/server/apps.ts';
import { pushFields, takeToken } from '../../src/mpesa/client.ts';
import { seedOrganisation } from '../../src/mpesa/parties/organisations.ts';
import { sandboxOrganisation } from '../../src/mpesa/parties/sandbox.ts';
import { stkPushProduct } from '../../src/mpesa/products/stk-push/product.ts';
import { type Database, openDatabase } from '../../src/platform/database/database.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { schema } from '../../src/process/document/schema.ts';
import { freePort } from '../../src/supervisor/ports.ts';
import { createDatabase, startPostgres } from '../../src/supervisor/postgres/postgres.ts';
import { kill, nextMessage } from '../children.ts';
import { type Bench, median } from '../report.ts';

const PROCESSES = 2;
const CONNECTIONS = 128;
const ROUNDS = 3;
// Until the compiler has made its last version of the path: before that the figures tell of the compiler.
const WARM_UP_SECONDS = 8;
const app = { name: 'bench', consumerKey: 'bench-key', consumerSecret: 'bench-secret' };

/**
 * STK pushes accepted a second, each durable in PostgreSQL before its acknowledgement, against a bare Fastify
 * route that echoes the same JSON: as many processes on one shared port, the same load generator, on the same
 * cores, in turns.
 */
export const push: Bench = async ({ seconds, log }) => {
  const home = await mkdtemp(join(tmpdir(), 'imara-bench-push-'));
  const postgres = await startPostgres({ directory: join(home, 'postgres'), port: 0 });
  const children: ChildProcess[] = [];
  try {
    await createDatabase(postgres.url(), 'bench');
    const url = postgres.url('bench');
    const database = openDatabase({ url, name: 'bench', maxConnections: 2 });
    await migrate(database, schema);
    await seedApp(database, app);
    await seedOrganisation(database, sandboxOrganisation);

    const bare: Target = { port: await freePort(0), token: '' };
    for (let i = 0; i < PROCESSES; i += 1) {
      await startProcess(children, 'bare-fastify.ts', [String(bare.port)], {});
    }
    const imara = await startImara(children, home, url);
    await load(imara, WARM_UP_SECONDS);
    await load(bare, WARM_UP_SECONDS / 4);
    const bareRuns: Run[] = [];
    const imaraRuns: Run[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const bareRun = await load(bare, seconds);
      await database.query('truncate mpesa.stk_push');
      const run = await load(imara, seconds);
      await assertDurable(database, run);
      log(`round ${round}: bare ${bareRun.perSecond}/s, pushes ${run.perSecond}/s, ${run.refused} refused`);
      bareRuns.push(bareRun);
      imaraRuns.push(run);
    }
    await database.end();
    const figure = (runs: Run[], key: keyof Run) => median(runs.map((run) => run[key]));
    const ratio = median(imaraRuns.map((run, i) => run.perSecond / (bareRuns[i]?.perSecond ?? Number.NaN)));
    return {
      bench: 'push: STK pushes accepted, durable before the acknowledgement',
      figures: [
        { what: 'pushes accepted', value: figure(imaraRuns, 'perSecond'), unit: '/s' },
        { what: 'bare Fastify route, the same JSON', value: figure(bareRuns, 'perSecond'), unit: '/s' },
        { what: 'ratio', value: ratio, unit: '×', reach: { at: 'least', value: 0.4 } },
        { what: 'acknowledgement p50', value: figure(imaraRuns, 'p50Ms'), unit: 'ms' },
        { what: 'acknowledgement p99', value: figure(imaraRuns, 'p99Ms'), unit: 'ms' },
        { what: 'refused as busy', value: figure(imaraRuns, 'refused'), unit: '' },
      ],
      notes: [
        `${PROCESSES} processes on one port, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${seconds} s in turns, medians`,
        'real API processes and tokens; every push from another subscriber; no worker settles them meanwhile',
        'load generator, servers and PostgreSQL share the cores',
      ],
    };
  } finally {
    await Promise.all(children.map(kill));
    await postgres.stop();
    await rm(home, { recursive: true, force: true });
  }
};

interface Target {
  port: number;
  token: string;
}

interface Run {
  perSecond: number;
  accepted: number;
  /** Answered "busy" by admission. */
  refused: number;
  p50Ms: number;
  p99Ms: number;
}

let subscriber = 0;

function body(): string {
  subscriber += 1;
  const fields = pushFields(sandboxOrganisation, {
    msisdn: `2547${String(subscriber).padStart(8, '0')}`,
    shillings: 1,
    callbackUrl: 'https://merchant.example.com/payments/callback',
    reference: 'order-1',
  });
  return JSON.stringify(fields);
}

async function load({ port, token }: Target, seconds: number): Promise<Run> {
  const result = await autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: CONNECTIONS,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        path: stkPushProduct.operations.push.paths[0],
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
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

/**
 * Every acknowledgement the load generator counted is a row. Rows of answers it did not wait for may be more.
 */
async function assertDurable(database: Database, run: Run): Promise<void> {
  const { rows } = await database.query<{ count: bigint }>('select count(*) from mpesa.stk_push');
  const count = Number(rows[0]?.count ?? 0);
  if (count < run.accepted) throw new Error(`${run.accepted} pushes acknowledged, ${count} written`);
}

/**
 * An authentication server and the API's processes, as the supervisor starts them, at their full limits from
 * the start.
 */
async function startImara(children: ChildProcess[], home: string, url: string): Promise<Target> {
  const config = join(home, 'config.json');
  const unlimited = { spikePerSecond: 1e6, spikeBurst: 1e6, quotaRequests: 1e9 };
  await writeFile(
    config,
    JSON.stringify({ serving: { slowStartMs: 0, merchantShare: 1, quota: unlimited } }),
  );
  const [port, authPort] = [await freePort(0), await freePort(0)];
  const environment = {
    DATABASE_URL: url,
    IMARA_HOME: home,
    IMARA_HOST: '127.0.0.1',
    IMARA_KEY_SECRET: randomBytes(32).toString('base64url'),
    IMARA_TOKEN_SECRET: randomBytes(32).toString('base64url'),
    IMARA_AUTH_SERVERS: `http://127.0.0.1:${authPort}`,
    IMARA_CONFIG: config,
    IMARA_LOG_LEVEL: 'error',
  };
  const start = (service: string, name: string, at: number) =>
    startProcess(children, `../../src/process/main/${service}.ts`, [], {
      ...environment,
      IMARA_NAME: name,
      IMARA_PORT: String(at),
    });
  await start('auth', 'auth-1', authPort);
  for (let i = 1; i <= PROCESSES; i += 1) await start('api', `api-${i}`, port);
  const token = await takeToken(`http://127.0.0.1:${port}`, app, AbortSignal.timeout(10_000));
  return { port, token };
}

/** Starts a process of ours and waits until it says that it is ready. */
async function startProcess(
  children: ChildProcess[],
  file: string,
  args: string[],
  environment: Record<string, string>,
): Promise<void> {
  const child = fork(new URL(file, import.meta.url), args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  for (;;) {
    const { type } = await nextMessage<{ type: string }>(child, file);
    if (type === 'ready') return;
  }
}
