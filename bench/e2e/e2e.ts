import { type ChildProcess, fork } from 'node:child_process';
import { type Database, openDatabase } from '../../src/platform/database/database.ts';
import { homeOf } from '../../src/supervisor/home/home.ts';
import { readState } from '../../src/supervisor/local-api.ts';
import { type Stack, startStack } from '../../test/stack/stack.ts';
import { kill, nextMessage } from '../children.ts';
import { type Bench, type Figure, quantile } from '../report.ts';
import { type Ask, type Load, type Loaded, type Paid, type ProductName, productNames } from './contract.ts';
import { spentBy, spentEach } from './processor.ts';

interface Rate {
  perSecond: number;
  /** Of p99, in milliseconds; of a push. */
  reachMs?: number;
}

const RATES: readonly Rate[] = [
  { perSecond: 100 },
  { perSecond: 500, reachMs: 500 },
  { perSecond: 1_000, reachMs: 1_000 },
];
const CUSTOMERS = 4_000;
/** Customers who pay at once in the overload: many times what is settled in a second. */
const CROWD = 20_000;
/** From the prompt to the PIN. */
const ANSWER_MS = 200;
const WARM_UP_SECONDS = 5;
const LOAD_MS = 300_000;

const unlimited = { spikePerSecond: 1e6, spikeBurst: 1e6, quotaRequests: 1e9 };
const config = {
  serving: { slowStartMs: 0, merchantShare: 1, quota: unlimited },
  handset: { answerAfterMs: ANSWER_MS },
  // However many payments go out.
  accounts: { sandboxFloatShillings: 1_000_000_000 },
};

const titles: Record<ProductName, string> = { stk: 'STK', b2c: 'B2C', c2b: 'C2B' };

/**
 * Whole payments on the processes of `npm start`: push, prompt, PIN, books, callback received; beside it B2C
 * and C2B, from the acknowledgement to the callback. Merchants in a process of their own ask again once a
 * callback has arrived.
 */
export const e2e: Bench = async ({ seconds, log }) => {
  const stack = await startStack({ IMARA_LOG_LEVEL: 'error' }, config);
  const merchants = fork(new URL('./merchants.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const database = await databaseOf(stack);
  try {
    const { api, credentials } = await stack.status();
    await ask(merchants, { ask: 'open', api, credentials });
    const rig = { stack, merchants, database, seconds, log };
    const figures: Figure[] = [];
    for (const product of productNames) {
      await ask(merchants, { ask: 'prepare', product });
      // Opens the accounts, and lets the compilers see the path.
      await run(merchants, { product, perSecond: null, seconds: WARM_UP_SECONDS, customers: CUSTOMERS });
      for (const rate of RATES) figures.push(...(await offered(rig, product, rate)));
      figures.push(...(await atMost(rig, product)));
      if (product === 'stk') figures.push(...(await overload(rig)));
    }
    return {
      bench: 'e2e: push → prompt → PIN → books → callback received',
      figures,
      notes: [
        `all processes of npm start, PostgreSQL, merchants and receiver on the same cores; ${seconds} s each`,
        `closed loop of ${CUSTOMERS} customers, ${CROWD} in the overload; a phone answers ${ANSWER_MS} ms after its prompt`,
        'the PIN is counted from the moment the push is marked as prompted, some ms after the phone has it',
      ],
    };
  } finally {
    await kill(merchants);
    await database.end();
    await stack.close();
  }
};

interface Rig {
  stack: Stack;
  merchants: ChildProcess;
  database: Database;
  seconds: number;
  log: (line: string) => void;
}

/** At a rate: how late the callbacks are. */
async function offered(
  { merchants, database, seconds, log }: Rig,
  product: ProductName,
  { perSecond, reachMs }: Rate,
): Promise<Figure[]> {
  const seen = await run(merchants, { product, perSecond, seconds, customers: CUSTOMERS });
  const { since, ms } = await lateness(database, product, seen.paid);
  const what = `${titles[product]}, ${perSecond}/s offered`;
  log(`${what}: p99 from ${since} ${Math.round(quantile(ms, 0.99))} ms`);
  return [
    { what: `${what}: told, with all callbacks`, value: rate(seen), unit: '/s' },
    { what: `… ${since} → callback received, p50`, value: quantile(ms, 0.5), unit: 'ms' },
    {
      what: '… p99',
      value: quantile(ms, 0.99),
      unit: 'ms',
      ...(product === 'stk' && reachMs !== undefined && { reach: { at: 'most', value: reachMs } as const }),
    },
  ];
}

/** As fast as the machine bears, and whose processor it takes. */
async function atMost(
  { stack, merchants, database, seconds, log }: Rig,
  product: ProductName,
): Promise<Figure[]> {
  const status = await stack.status();
  const before = spentBy(status, merchants.pid);
  const seen = await run(merchants, { product, perSecond: null, seconds, customers: CUSTOMERS });
  const spent = spentEach(before, spentBy(status, merchants.pid), seen.paid.length);
  const { since, ms } = await lateness(database, product, seen.paid);
  const what = `${titles[product]} at most`;
  log(`${what}: ${rate(seen)}/s, ${seen.refused} refused`);
  return [
    {
      what: `${what}: told, with all callbacks`,
      value: rate(seen),
      unit: '/s',
      ...(product === 'stk' && { reach: { at: 'least', value: 2_000 } as const }),
    },
    { what: `… ${since} → callback received, p50`, value: quantile(ms, 0.5), unit: 'ms' },
    { what: '… p99', value: quantile(ms, 0.99), unit: 'ms' },
    ...[...spent].map(([kind, us]) => ({ what: `… processor a payment, ${kind}`, value: us, unit: 'µs' })),
  ];
}

/** Many more than are settled: what is open when the last push was sent is the backlog. */
async function overload({ merchants, seconds, log }: Rig) {
  const seen = await run(merchants, { product: 'stk', perSecond: null, seconds, customers: CROWD });
  const late = seen.paid.filter(({ toldAtMs }) => toldAtMs > seen.stoppedAtMs);
  const lastMs = Math.max(...late.map(({ toldAtMs }) => toldAtMs));
  const drained = Math.round((late.length * 1_000) / (lastMs - seen.stoppedAtMs));
  log(`overload: ${late.length} open at its end, drained at ${drained}/s`);
  return [
    { what: 'overload: backlog at its end', value: late.length, unit: '' },
    { what: '… drained', value: drained, unit: '/s', reach: { at: 'least', value: 3_000 } },
  ] satisfies Figure[];
}

function rate({ paid, startedAtMs }: Loaded): number {
  const lastMs = paid.at(-1)?.toldAtMs ?? startedAtMs;
  return Math.round((paid.length * 1_000) / Math.max(1, lastMs - startedAtMs));
}

async function run(merchants: ChildProcess, load: Load): Promise<Loaded> {
  const seen = await ask<Loaded>(merchants, { ask: 'load', load });
  if (seen.notPaid > 0) throw new Error(`${seen.notPaid} payments were not paid`);
  if (seen.broken > seen.paid.length / 100) throw new Error(`${seen.broken} connections were lost`);
  if (seen.twice > 0) throw new Error(`${seen.twice} callbacks came twice`);
  return seen;
}

function ask<Answer>(merchants: ChildProcess, asked: Ask): Promise<Answer> {
  const answer = nextMessage<Answer>(merchants, 'the merchants', LOAD_MS);
  merchants.send(asked);
  return answer;
}

/** From the moment at which a payment could be made to its callback, each; of a push that is the PIN. */
async function lateness(
  database: Database,
  product: ProductName,
  paid: readonly Paid[],
): Promise<{ since: string; ms: number[] }> {
  if (product !== 'stk')
    return {
      since: 'acknowledgement',
      ms: paid.map(({ takenAtMs, toldAtMs }) => Math.max(0, toldAtMs - takenAtMs)),
    };
  const { rows } = await database.query<{ checkout: string; promptedAt: Date | null; acceptedAt: Date }>(
    `select checkout_request_id as checkout, prompted_at as "promptedAt", accepted_at as "acceptedAt"
     from mpesa.stk_push where checkout_request_id = any($1)`,
    [paid.map(({ id }) => id)],
  );
  const prompted = new Map(rows.map((row) => [row.checkout, row.promptedAt ?? row.acceptedAt]));
  const ms = paid.map(({ id, toldAtMs }) => {
    const at = prompted.get(id);
    if (at === undefined) throw new Error(`the push of ${id} is not in the database`);
    return Math.max(0, toldAtMs - at.getTime() - ANSWER_MS);
  });
  return { since: 'PIN', ms };
}

async function databaseOf({ home }: Stack): Promise<Database> {
  const state = await readState(homeOf({ IMARA_HOME: home }));
  if (!state?.databaseUrl) throw new Error('the stack names no database');
  return openDatabase({
    url: state.databaseUrl,
    name: 'bench',
    maxConnections: 2,
    statementTimeoutMs: 60_000,
  });
}
