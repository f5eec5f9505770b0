import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { until } from '../../test/until.ts';
import { homeOf } from './home/home.ts';
import { orderDown, orderRestart, readState } from './local-api.ts';
import { freePort } from './ports.ts';
import { homeMark } from './process/leftovers.ts';
import { processTable } from './process/process-table.ts';
import type { Status } from './status.ts';

// One home with its own PostgreSQL, whose supervisor is a process that the tests kill.
const directory = await mkdtemp(join(tmpdir(), 'imara-survival-'));
const home = homeOf({ IMARA_HOME: directory });
const portBase = await freePort(0);
let supervisor: ChildProcess | undefined;
after(async () => {
  supervisor?.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

async function up(): Promise<Status> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  supervisor = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'supervisor.ts')], {
    env: { ...inherited, IMARA_HOME: directory, IMARA_PORT_BASE: String(portBase) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const started = new AbortController();
  supervisor.once('exit', () => started.abort(new Error('the supervisor ended while it started')));
  assert.ok(supervisor.stdout);
  await once(supervisor.stdout, 'data', { signal: started.signal });
  return until('its state is saved', async () => {
    const saved = await readState(home);
    return saved?.supervisor.pid === supervisor?.pid && saved?.status.state === 'ready' && saved.status;
  });
}

const running = async () =>
  (await processTable()).filter(({ args }) => args.endsWith(homeMark(home)) || args.includes(home.postgres));

async function killSupervisor(): Promise<void> {
  supervisor?.kill('SIGKILL');
  await until('the supervisor is gone', () => supervisor?.signalCode !== null);
}

test('R10: processes whose supervisor was killed end by themselves, and the next start takes over', async () => {
  const before = await up();
  await killSupervisor();
  await until('only PostgreSQL is left', async () => {
    const left = await running();
    return left.length > 0 && left.every(({ args }) => args.includes(home.postgres));
  });
  const after = await up();
  assert.equal(after.api, before.api, 'on the same ports');
  assert.equal(after.postgres?.port, before.postgres?.port);
});

test('R14: PostgreSQL comes back on its port when it is killed', async () => {
  const before = (await readState(home))?.status.postgres;
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until('it is back', async () => {
    const now = (await readState(home))?.status.postgres;
    return now?.state === 'ready' && now.pid !== before?.pid && now.port === before?.port;
  });
});

test('R13: a restart whose supervisor is killed in the middle is gone on with by the next one', async () => {
  const state = await readState(home);
  assert.ok(state);
  const order = { service: null, environment: 'production', reason: 'new certificates' };
  const ordered = await orderRestart(state, order, 5_000);
  assert.ok(ordered !== undefined && 'id' in ordered);
  const restart = async () => (await readState(home))?.status.restart;
  await until('it has begun', async () =>
    (await restart())?.instances.some(({ stage }) => stage !== 'waiting'),
  );
  await killSupervisor();
  await up();
  const ended = await until('it is over', async () => {
    const now = await restart();
    return now?.mode === 'done' && now;
  });
  assert.equal(ended.id, ordered.id);
  assert.ok(ended.instances.every(({ stage }) => stage === 'done'));
});

test('everything is killed at once, one process is frozen: the next start asks no questions', async () => {
  const state = await readState(home);
  assert.ok(state);
  const [frozen, ...others] = state.status.instances;
  process.kill(frozen?.pid ?? 0, 'SIGSTOP');
  for (const pid of [...others.map((one) => one.pid), state.status.postgres?.pid, supervisor?.pid]) {
    if (typeof pid === 'number') process.kill(pid, 'SIGKILL');
  }
  await until('the supervisor is gone', () => supervisor?.signalCode !== null);
  const after = await up();
  assert.deepEqual(
    (await running()).map(({ pid }) => pid).sort(),
    [...after.instances.map(({ pid }) => pid), after.postgres?.pid].sort(),
  );
});

test('a stop leaves no process behind', async () => {
  const state = await readState(home);
  assert.ok(state);
  assert.equal(await orderDown(state, 2_000), true);
  await until('the supervisor has ended', () => supervisor?.exitCode === 0);
  assert.deepEqual(await running(), []);
});
