import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fetch } from 'undici';
import { until } from '../test/until.ts';
import type { Bench, Figure } from './report.ts';

/** A stretch of offered load: requests a second, and for how long. */
export interface Phase {
  rate: number;
  seconds: number;
}

/** What the clients saw. */
export interface Seen {
  sent: number;
  ok: number;
  refused: number;
  timedOut: number;
  failed: number;
  okMs: number[];
  okByBucket: (number | null)[];
  /** Most that the generator was late with a request. */
  lagMs: number;
}

const COST = ['--cpu=1', '--wait=4'];
const EDGE_PORT = 18_474;
const EDGE = { maxconn: 16, queue: 40 };
const BUCKETS_A_SECOND = 4;
const [SERVER_CORE, CLIENT_CORE] = ['0', '1'];
const pinned = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** How one API process fares when far more comes than it can serve: without admission, with it, and behind the edge. */
export const overload: Bench = async ({ seconds, log }) => {
  const figures: Figure[] = [];
  let lagMs = 0;

  const capacity = await withServer(['--bare'], async (port) => {
    await load(port, [{ rate: 0, seconds: 2 }], 16);
    const { ok } = await load(port, [{ rate: 0, seconds }], 16);
    return ok / seconds;
  });
  log(`capacity: ${Math.round(capacity)} requests/s (1 ms of work and 4 ms of waiting each)`);
  figures.push({ what: 'capacity, closed loop', value: capacity, unit: 'req/s' });

  async function measure(what: string, port: number, factors: readonly number[], reach: readonly number[]) {
    // A first stretch at half the capacity: the code is warm, the limits have learned.
    await load(port, [{ rate: capacity / 2, seconds: 3 }]);
    for (const factor of factors) {
      const seen = await load(port, [{ rate: capacity * factor, seconds }]);
      lagMs = Math.max(lagMs, seen.lagMs);
      const name = `${what} · ${factor}×`;
      const goodput = seen.ok / seconds / capacity;
      const bar = reach.includes(factor);
      figures.push({
        what: `${name}: goodput / capacity`,
        value: goodput,
        unit: '×',
        ...(bar ? { reach: { at: 'least', value: 0.9 } } : {}),
      });
      figures.push({
        what: `${name}: clients timed out`,
        value: seen.timedOut + seen.failed,
        unit: 'req',
        ...(bar ? { reach: { at: 'most', value: 0 } } : {}),
      });
      figures.push({ what: `${name}: refused`, value: (100 * seen.refused) / seen.sent, unit: '%' });
      figures.push({ what: `${name}: p99 of accepted`, value: percentile(seen.okMs, 0.99), unit: 'ms' });
      log(
        `${name}: ${goodput.toFixed(2)}, ${seen.timedOut} timed out, ${seen.failed} failed, ${seen.refused} refused`,
      );
    }
  }

  const factors = [1, 2, 5, 10];
  await withServer(['--bare'], (port) => measure('no admission', port, factors, []));
  await withServer([], (port) => measure('in process', port, factors, [2]));
  await withServer([], (port, admin) =>
    withEdge(port, admin, () => measure('edge', EDGE_PORT, factors, [5, 10])),
  );

  const recoverySeconds = await withServer([], async (port) => {
    await load(port, [{ rate: capacity / 2, seconds: 3 }]);
    const calm = 0.7 * capacity;
    const before = { rate: 5 * capacity, seconds: 3 };
    const { okByBucket } = await load(port, [before, { rate: calm, seconds: 6 }]);
    return recovery(okByBucket.slice(before.seconds * BUCKETS_A_SECOND), calm / BUCKETS_A_SECOND);
  });
  figures.push({
    what: 'in process: full goodput after a spike of 5×',
    value: recoverySeconds,
    unit: 's',
    reach: { at: 'most', value: 5 },
  });

  const { maxconn, queue } = EDGE;
  return {
    bench: 'overload',
    figures,
    notes: [
      `${seconds} s each; open loop, a new connection when none is free, clients give up after 500 ms`,
      `edge: HAProxy, ${maxconn} requests in the process, ${queue} in the queue for at most 50 ms`,
      pinned
        ? 'the API process has one core, generator and edge share the other'
        : 'processes are not pinned to cores (no taskset, or one core)',
      `the generator was at most ${lagMs.toFixed(0)} ms late`,
    ],
  };
};

/** Seconds until a quarter second with at least nine tenths of what was offered in it, counted from the end of the spike. */
function recovery(okByBucket: readonly (number | null)[], offered: number): number {
  const at = okByBucket.findIndex((ok) => (ok ?? 0) >= 0.9 * offered);
  return at === -1 ? Number.POSITIVE_INFINITY : at / BUCKETS_A_SECOND;
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

async function load(port: number, phases: readonly Phase[], closed = 0): Promise<Seen> {
  const child = start(CLIENT_CORE, process.execPath, [
    'bench/overload-client.ts',
    `--port=${port}`,
    `--phases=${JSON.stringify(phases)}`,
    `--closed=${closed}`,
  ]);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  return JSON.parse(output);
}

async function withServer<T>(
  args: string[],
  work: (port: number, adminPort: number) => Promise<T>,
): Promise<T> {
  const settings = `--settings=${JSON.stringify({ slowStartMs: 0 })}`;
  const child = start(SERVER_CORE, process.execPath, [
    'test/api-process.ts',
    '--port=0',
    settings,
    ...COST,
    ...args,
  ]);
  try {
    if (child.stdout === null) throw new Error('the API process has no output');
    const [line] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
    const { port, adminPort } = JSON.parse(String(line));
    return await work(port, adminPort);
  } finally {
    await stop(child);
  }
}

async function withEdge<T>(port: number, adminPort: number, work: () => Promise<T>): Promise<T> {
  const child = start(CLIENT_CORE, 'haproxy', ['-f', 'deploy/haproxy/haproxy.cfg'], {
    IMARA_LISTEN: `127.0.0.1:${EDGE_PORT}`,
    IMARA_API_1: `127.0.0.1:${port}`,
    IMARA_ADMIN_1: String(adminPort),
    // There is one process; the other place is found empty and left out.
    IMARA_API_2: '127.0.0.1:1',
    IMARA_ADMIN_2: '1',
    IMARA_PROCESS_MAXCONN: String(EDGE.maxconn),
    IMARA_QUEUE: String(EDGE.queue),
  });
  try {
    const url = `http://127.0.0.1:${EDGE_PORT}/pay`;
    const answers = () =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then(
        ({ ok }) => ok,
        () => false,
      );
    await until('the edge answers', answers);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return await work();
  } finally {
    await stop(child);
  }
}

function start(
  core: string,
  command: string,
  args: string[],
  environment: Record<string, string> = {},
): ChildProcess {
  const [program, all] = pinned ? ['taskset', ['-c', core, command, ...args]] : [command, args];
  return spawn(program, all, {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...environment },
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
