import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../../test/until.ts';
import { homeOf } from '../fleet/home.ts';
import { freePort } from '../fleet/ports.ts';
import { processTable } from '../fleet/process-table.ts';
import type { Status } from '../fleet/status.ts';

// The whole of it as a user starts it, in the background and in a terminal.
const directory = await mkdtemp(join(tmpdir(), 'imara-up-'));
const home = homeOf({ IMARA_HOME: directory });
const { DATABASE_URL: _, ...inherited } = process.env;
const env = { ...inherited, IMARA_HOME: directory, IMARA_PORT_BASE: String(await freePort(0)) };
const main = join(import.meta.dirname, 'main.ts');

after(async () => {
  await imara('down').catch(() => {});
  await rm(directory, { recursive: true, force: true });
});

const imara = (...args: string[]) =>
  promisify(execFile)(process.execPath, [main, ...args], { env, timeout: 120_000 });

const status = async () => JSON.parse((await imara('status', '--json')).stdout) as Status;

const running = async () => (await processTable()).filter(({ args }) => args.includes(directory));

test('up --detach comes back when everything serves, and shows where it is and what to try', async () => {
  const { stdout, stderr } = await imara('up', '--detach');
  assert.match(stderr, /schema and seeds are up to date/);
  const { state, api, testingApi, credentials, instances } = await status();
  assert.equal(state, 'ready');
  assert.equal((await fetch(`${testingApi}/oauth/v1/generate?grant_type=client_credentials`)).status, 400);
  assert.ok(stdout.includes(`${api}/mpesa/stkpush/v1/processrequest`));
  assert.ok(stdout.includes(credentials?.consumerSecret ?? 'a secret'));
  assert.ok(!(await readFile(home.log('supervisor'), 'utf8')).includes(credentials?.consumerSecret ?? ''));
  assert.deepEqual(Object.groupBy(instances, ({ service }) => service).api?.length, 2);
  for (const { admin } of instances) assert.equal((await fetch(`${admin}/livez`)).status, 200);
});

test('the line to copy takes a payment', async () => {
  const { stdout } = await imara('up');
  const [push = ''] = /^curl .*$/m.exec(stdout) ?? [];
  const { stdout: answer } = await promisify(execFile)('bash', ['-c', push], { timeout: 30_000 });
  assert.equal(JSON.parse(answer).ResponseCode, '0');
  const phone = ['phone', 'answer', '254700000005', '--pin', '1234'];
  const paid = await until('the prompt is on the phone', () => imara(...phone).catch(() => undefined));
  assert.equal(paid.stdout, 'accepted\n');
  await until('the money has moved', async () => {
    const { stdout } = await imara('phone', 'show', '254700000005', '--json');
    return JSON.parse(stdout).balance === '49900.00';
  });
  assert.match((await imara('ledger', 'check')).stdout, /all \d+ invariants hold/);
});

test('up again says that it is up, and changes nothing', async () => {
  const before = await status();
  const { stdout, stderr } = await imara('up', '--json');
  assert.match(stderr, /up already/);
  const pids = ({ instances }: Status) => instances.map(({ pid }) => pid);
  assert.deepEqual(pids(JSON.parse(stdout)), pids(before));
});

test('doctor and logs look at each process', async () => {
  const { stdout } = await imara('doctor');
  for (const name of ['auth-1', 'api-1', 'api-2', 'worker']) assert.ok(stdout.includes(`✓ ${name} is ready`));
  assert.match((await imara('logs', 'api-1')).stdout, /"msg":"ready"/);
  await assert.rejects(imara('logs', 'api-9'), /did you mean api-1\? logs are api-1, api-2/);
});

test('down ends everything', async () => {
  await imara('down');
  assert.deepEqual(await running(), []);
});

test('Ctrl-C in the terminal leaves no process behind, and what was paid is still there at the next start', async () => {
  const terminal = spawn(process.execPath, [main, 'up', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => terminal.stdout.once('data', resolve));
  const { stdout } = await imara('phone', 'show', '254700000005', '--json');
  assert.equal(JSON.parse(stdout).balance, '49900.00');
  // Once more at once: npm hands the same press on.
  terminal.kill('SIGINT');
  terminal.kill('SIGINT');
  await until('the supervisor has ended', () => terminal.exitCode !== null);
  assert.equal(terminal.exitCode, 0);
  assert.deepEqual(await running(), []);
});
