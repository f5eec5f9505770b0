import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { until } from '../../../test/until.ts';
import { pushRequest, takeToken } from '../../mpesa/client.ts';
import { homeOf } from '../../supervisor/home/home.ts';
import { freePort } from '../../supervisor/ports.ts';
import { processTable } from '../../supervisor/process/process-table.ts';
import type { Status } from '../../supervisor/status.ts';
import { tryNext } from './overview.ts';

// The whole of it as a user starts it, in the background and in a terminal.
const directory = await mkdtemp(join(tmpdir(), 'imara-up-'));
const home = homeOf({ IMARA_HOME: directory });
const { DATABASE_URL: _, ...inherited } = process.env;
const env = { ...inherited, IMARA_HOME: directory, IMARA_PORT_BASE: String(await freePort(0)) };
const main = join(import.meta.dirname, '..', 'main.ts');

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
  assert.ok(stdout.includes(api ?? 'an address'));
  for (const [command] of tryNext) assert.ok(stdout.includes(command));
  assert.ok(!stdout.includes(credentials?.consumerSecret ?? ''), 'secrets are masked');
  assert.ok(!(await readFile(home.log('supervisor'), 'utf8')).includes(credentials?.consumerSecret ?? ''));
  assert.deepEqual(Object.groupBy(instances, ({ service }) => service).api?.length, 2);
  for (const { admin } of instances) assert.equal((await fetch(`${admin}/livez`)).status, 200);
});

/** Begins a payment, and answers the phone once the terminal shows what it asks. */
async function payAndAnswer(msisdn: string, options: string[], answer: string[]) {
  const paying = imara('pay', msisdn, '100', ...options);
  let shown = '';
  paying.child.stderr?.on('data', (chunk: Buffer) => {
    shown += chunk;
  });
  if (!options.includes('--json')) await until('the prompt is shown', () => shown.includes('the phone asks'));
  const answered = until('the phone is answered', () =>
    imara('phone', 'answer', msisdn, ...answer).catch(() => undefined),
  );
  // The exit status is 1 when it is not paid.
  const paid = await paying.catch((error: { stdout: string; stderr: string; code: number }) => error);
  await answered;
  return paid;
}

test('the first payment as it is printed: asked for, answered on the phone, and what happened', async () => {
  const { stdout, stderr } = await payAndAnswer('254700000005', ['--curl'], ['--pin', '1234']);
  const { credentials, api } = await status();
  assert.ok(stdout.includes(`curl -s ${api}/mpesa/stkpush/v1/processrequest`));
  for (const secret of [credentials?.consumerKey, credentials?.consumerSecret, credentials?.passkey]) {
    assert.ok(!(stdout + stderr).includes(secret ?? ''), 'secrets are masked');
  }
  assert.match(stderr, /the phone asks: Do you want to pay Ksh100\.00 to Imara Sandbox/);
  assert.match(stdout, /"ResultCode": 0/);
  assert.match(stdout, /SMS .*Confirmed\. Ksh100\.00 sent to Imara Sandbox/);
  assert.match(stderr, /paid: KES 100/);
  assert.equal(
    JSON.parse((await imara('phone', 'show', '254700000005', '--json')).stdout).balance,
    '49900.00',
  );
});

test('the curl commands with the secrets take a payment', async () => {
  const { stdout } = await payAndAnswer('254700000005', ['--curl', '--show-secrets'], ['--cancel']);
  const commands = stdout.slice(stdout.indexOf('TOKEN='), stdout.indexOf("}'") + 2);
  const again = await promisify(execFile)('bash', ['-c', commands], { timeout: 30_000 });
  assert.equal(JSON.parse(again.stdout).ResultCode ?? JSON.parse(again.stdout).ResponseCode, '0');
  await until('answered', () => imara('phone', 'answer', '254700000005', '--cancel').catch(() => undefined));
});

test('a payment that is cancelled says so, and ends with status 1', async () => {
  const cancelled = await payAndAnswer('254700000005', ['--json'], ['--cancel']);
  assert.equal('code' in cancelled && cancelled.code, 1);
  assert.equal(JSON.parse(cancelled.stdout).callback.Body.stkCallback.ResultCode, 1032);
});

test('the till takes a payment: CustomerBuyGoodsOnline by its store number', async () => {
  const { stdout } = await imara('pay', '254700000001', '250', '--till');
  assert.match(stdout, /"ResultCode": 0/);
  assert.match(stdout, /Ksh250\.00 paid to Imara Duka/);
});

test('a phone is given money, and the books still prove', async () => {
  await imara('phone', 'set', '254711000001', '--balance', '70,000');
  const { stdout } = await imara('phone', 'show', '254711000001', '--json');
  assert.equal(JSON.parse(stdout).balance, '70000.00');
  await assert.rejects(imara('phone', 'set', '254700000002', '--balance', '5'), /by promise/);
  assert.match((await imara('ledger', 'check')).stdout, /all \d+ invariants hold/);
});

test('a callback that failed is found, looked at and sent again', async () => {
  const list = async (...args: string[]): Promise<{ id: string; state: string }[]> =>
    JSON.parse((await imara('callbacks', 'list', '--json', ...args)).stdout).callbacks;
  // The commands with the secrets were run after their receiver had gone.
  const [failed] = await until('one is exhausted', async () => {
    const found = await list('--state', 'exhausted');
    return found.length > 0 ? found : undefined;
  });
  const { stdout } = await imara('callbacks', 'show', failed?.id ?? '');
  assert.match(stdout, /ECONNREFUSED/);
  await imara('callbacks', 'resend', failed?.id ?? '');
  await until('it is attempted again', async () => {
    const shown = await imara('callbacks', 'show', failed?.id ?? '', '--json');
    return JSON.parse(shown.stdout).log.length === 2;
  });
  const [paid] = await list('--state', 'delivered');
  await assert.rejects(imara('callbacks', 'resend', paid?.id ?? ''), /never sent again/);
});

test('a merchant is made, and its own app is paid', async () => {
  const { stdout } = await imara(
    'merchant',
    'create',
    'Mama Mboga',
    '--till',
    '5001234',
    '--store',
    '7001234',
    '--json',
  );
  const made = JSON.parse(stdout);
  const { api } = await status();
  assert.ok(api);
  const signal = AbortSignal.timeout(30_000);
  const token = await takeToken(api, made, signal);
  const store = { shortCode: '7001234', passkey: made.passkey };
  const { path, ...request } = pushRequest(token, store, {
    msisdn: '254700000001',
    shillings: 40,
    callbackUrl: 'http://127.0.0.1:9/callback',
    reference: 'Mboga',
    till: '5001234',
  });
  const push = await fetch(api + path, { ...request, signal });
  assert.equal(push.status, 200);
  await until('the customer reads its name', async () => {
    const shown = await imara('phone', 'show', '254700000001', '--json');
    return JSON.parse(shown.stdout).sms.some(({ text }: { text: string }) =>
      text.includes('paid to Mama Mboga'),
    );
  });
  const listed = await imara('merchant', 'list');
  assert.match(listed.stdout, /Mama Mboga/);
  assert.ok(!listed.stdout.includes(made.consumerKey));
});

test('a home shared by mistake is named: whose it is, and what to do', async () => {
  const { supervisor } = JSON.parse(await readFile(home.stateFile, 'utf8'));
  const run = (args: string[], changes: Record<string, string>, cwd: string) =>
    promisify(execFile)(process.execPath, [main, ...args], {
      env: { ...env, ...changes },
      cwd,
      timeout: 60_000,
    });
  const whose = new RegExp(
    `process ${supervisor.pid}, started in ${process.cwd()}, ports ${env.IMARA_PORT_BASE}`,
  );
  await assert.rejects(run(['up'], { IMARA_PORT_BASE: '20000' }, process.cwd()), whose);
  await assert.rejects(run(['down'], {}, directory), whose);
  assert.equal((await status()).state, 'ready');
});

test('up again says that it is up, and changes nothing', async () => {
  const before = await status();
  const { stdout } = await imara('up', '--json');
  assert.match((await imara('up')).stderr, /up already/);
  const pids = ({ instances }: Status) => instances.map(({ pid }) => pid);
  assert.deepEqual(pids(JSON.parse(stdout)), pids(before));
});

test('doctor and logs look at each process', async () => {
  const { stdout } = await imara('doctor');
  for (const name of ['auth-1', 'api-1', 'api-2', 'worker']) assert.ok(stdout.includes(`✓ ${name} is ready`));
  const { stdout: logs } = await imara('logs', '--since', '1h');
  for (const said of [
    'postgres .*ready to accept',
    'supervisor .*api-1, api-2',
    'api-1 .*ready',
    'prepare .*applied',
  ])
    assert.match(logs, new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\S+ info +${said}`, 'm'));
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
