import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { kill } from '../children.ts';

// What the benches of serving share: an API process on one core, its load on the other.

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
export const [SERVER_CORE, CLIENT_CORE] = ['0', '1'];
export const pinned = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

/** Offers a load from a process of its own; `closed` connections in a closed loop instead, when not 0. */
export async function load(
  port: number,
  phases: readonly Phase[],
  { closed = 0, path = '/pay' } = {},
): Promise<Seen> {
  const child = start(CLIENT_CORE, process.execPath, [
    'bench/overload/client.ts',
    `--port=${port}`,
    `--phases=${JSON.stringify(phases)}`,
    `--closed=${closed}`,
    `--path=${path}`,
  ]);
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const lengthMs = phases.reduce((sum, { seconds }) => sum + seconds, 0) * 1_000;
  try {
    await once(child, 'close', { signal: AbortSignal.timeout(lengthMs + 60_000) });
  } finally {
    await kill(child);
  }
  return JSON.parse(output);
}

/** An API process whose handler takes 1 ms of work and 4 ms of waiting. */
export async function withServer<T>(
  args: string[],
  work: (port: number, adminPort: number) => Promise<T>,
): Promise<T> {
  const settings = `--settings=${JSON.stringify({ slowStartMs: 0 })}`;
  const child = start(SERVER_CORE, process.execPath, [
    'test/stack/api-process.ts',
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
    await kill(child);
  }
}

export function start(
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
