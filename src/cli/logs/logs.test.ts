import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runImara } from '../../../test/stack/imara.ts';
import { until } from '../../../test/until.ts';
import { rotate } from '../../supervisor/log-files.ts';

const main = join(import.meta.dirname, '..', 'main.ts');
const NOON = Date.parse('2026-11-23T12:00:00Z');
const CHECKOUT = 'ws_CO_23112026150000000700000001';
const MERCHANT = '53e3-4aa8-9fe0-8fb5e4092cdd3533373';
const about = { CheckoutRequestID: CHECKOUT, MerchantRequestID: MERCHANT };

const homes: string[] = [];
after(() => Promise.all(homes.map((home) => rm(home, { recursive: true, force: true }))));

/** A home with these logs; `imara logs` there, in East Africa. */
async function homeWith(logs: Record<string, string>) {
  const home = await mkdtemp(join(tmpdir(), 'imara-logs-'));
  homes.push(home);
  mkdirSync(join(home, 'logs'));
  const file = (name: string) => join(home, 'logs', `${name}.log`);
  for (const [name, text] of Object.entries(logs)) writeFileSync(file(name), text);
  const environment = { IMARA_HOME: home, TZ: 'Africa/Nairobi' };
  const imara = (...args: string[]) => runImara(['logs', ...args], environment);
  return { home, file, environment, imara };
}

const record = (afterMs: number, msg: string, fields: object = {}, level = 30) =>
  `${JSON.stringify({ level, time: NOON + afterMs, pid: 1, hostname: 'vm', name: 'x', ...fields, msg })}\n`;

const payment = await homeWith({
  'api-1': record(0, 'ready') + record(1_000, 'push accepted', about) + record(4_000, 'stopping'),
  'api-2': record(500, 'ready'),
  worker:
    record(2_000, 'paid', { ...about, receipt: 'UKN1A2B3C4', synthetic: false }) +
    record(2_500, 'paid', { CheckoutRequestID: 'ws_CO_9', receipt: 'UKN9', synthetic: true }) +
    record(
      3_000,
      'callback not delivered',
      { ...about, err: { type: 'Error', message: `no answer`, stack: 'Error: no answer\n    at send.ts:1' } },
      50,
    ),
  postgres: '2026-11-23 12:00:03.500 UTC [1] LOG:  ready\n',
});

test('the lines of all processes come by time: when, how bad, who, what, and the fields that matter first', async () => {
  const { stdout, stderr, exitCode } = await payment.imara();
  assert.equal(exitCode, 0);
  assert.deepEqual(stdout.split('\n'), [
    '2026-11-23 15:00:00.000 info  api-1    ready',
    '2026-11-23 15:00:00.500 info  api-2    ready',
    `2026-11-23 15:00:01.000 info  api-1    push accepted  CheckoutRequestID=${CHECKOUT} MerchantRequestID=${MERCHANT}`,
    `2026-11-23 15:00:02.000 info  worker   paid  CheckoutRequestID=${CHECKOUT} MerchantRequestID=${MERCHANT} receipt=UKN1A2B3C4`,
    `2026-11-23 15:00:03.000 error worker   callback not delivered  CheckoutRequestID=${CHECKOUT} MerchantRequestID=${MERCHANT} err="no answer"`,
    '    at send.ts:1',
    '2026-11-23 15:00:03.500 info  postgres ready',
    '2026-11-23 15:00:04.000 info  api-1    stopping',
    '',
  ]);
  assert.match(stderr, /own payments are left out: --synthetic shows them/);
});

test('synthetic traffic is shown on request, and marked', async () => {
  const { stdout, stderr } = await payment.imara('worker', '--synthetic');
  assert.match(stdout, /worker \[synthetic\] paid {2}CheckoutRequestID=ws_CO_9 receipt=UKN9\n/);
  assert.equal(stdout.match(/\[synthetic\]/g)?.length, 1);
  assert.equal(stderr, '');
  assert.match((await payment.imara('--payment', 'UKN9')).stdout, /\[synthetic\] paid/);
});

test('a payment is found by each of its ids, in all processes', async () => {
  for (const id of [CHECKOUT, MERCHANT, 'UKN1A2B3C4']) {
    const { stdout } = await payment.imara('--payment', id, '--json');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.deepEqual(
      lines.map(({ process, message }) => [process, message]),
      [
        ['api-1', 'push accepted'],
        ['worker', 'paid'],
        ['worker', 'callback not delivered'],
      ],
      id,
    );
    assert.ok(lines.every(({ fields }) => fields.CheckoutRequestID === CHECKOUT));
  }
  const none = await payment.imara('--payment', 'ws_CO_1', '--json');
  assert.deepEqual([none.stdout, none.exitCode], ['', 1]);
  assert.match(JSON.parse(none.stderr).error.fix, /imara callbacks show ws_CO_1/);
});

test('a level, a time and a number of lines choose what is shown', async () => {
  const shown = async (...args: string[]) => {
    const { stdout } = await payment.imara('--json', ...args);
    const lines = stdout.trimEnd().split('\n').filter(Boolean);
    return lines.map((text) => JSON.parse(text).message);
  };
  assert.deepEqual(await shown('--level', 'warn'), ['callback not delivered']);
  assert.deepEqual(await shown('--since', '2026-11-23T15:00:03'), [
    'callback not delivered',
    'ready',
    'stopping',
  ]);
  assert.deepEqual(await shown('--since', '2026-11-23 15:00:03.500', 'api'), ['stopping']);
  assert.deepEqual(await shown('-n', '2'), ['ready', 'stopping']);
  assert.deepEqual(await shown('api', '-n', '3'), ['ready', 'push accepted', 'stopping']);
  assert.deepEqual(await shown('--since', '1d'), [], 'all of it is older');
  for (const wrong of [
    ['--since', 'noon'],
    ['--level', 'wrn'],
    ['-n', '0'],
  ]) {
    const { stdout, stderr, exitCode } = await payment.imara(...wrong);
    assert.deepEqual([stdout, exitCode], ['', 2]);
    assert.match(stderr, /See `npx imara logs --help`/);
  }
});

test('a process that is none is answered with the ones there are', async () => {
  const { stdout, stderr, exitCode } = await payment.imara('worker', 'ap-1', '--json');
  assert.deepEqual([stdout, exitCode], ['', 2]);
  assert.match(JSON.parse(stderr).error.what, /"ap-1"/);
  assert.match(JSON.parse(stderr).error.fix, /did you mean api-1\? logs are api-1, api-2, postgres, worker/);
  const nothing = await (await homeWith({})).imara();
  assert.match(nothing.stderr, /There are no logs in .*\n.*npx imara up/);
});

test('no secret is shown, wherever a process wrote it, and nothing that moves the cursor', async () => {
  const passkey = 'bfb279f9aa9bdbcf158e97dd71a467cd';
  const token = 'imara_5hNewqqeCj2tvUPD_QNNk4V-aaaa';
  const basic = 'dXNlcjpwYXNzd29yZA==';
  const { imara, home } = await homeWith({
    worker:
      record(0, `asked with ${passkey}`, { a: { b: [{ Password: 'deep-down' }] }, consumerSecret: 'top' }) +
      record(1, 'x', {
        headers: { authorization: `Basic ${basic}` },
        text: `Authorization: Bearer ${basic}`,
      }) +
      `Error: connect postgres://imara:hunter2@db/imara with ${token}\n` +
      record(2, 'red \u001b[31m\u0007'),
  });
  writeFileSync(join(home, 'credentials.json'), JSON.stringify({ passkey, consumerSecret: 'never-seen' }));
  for (const form of [[], ['--json']]) {
    const { stdout } = await imara(...form);
    for (const secret of [passkey, token, basic, 'deep-down', 'top', 'hunter2'])
      assert.ok(!stdout.includes(secret), secret);
    assert.match(stdout, /asked with \[masked\]/);
    assert.match(stdout, /postgres:\/\/imara:\[masked\]@db/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f]/);
  }
});

test('a pipe that has read enough ends it, without an error', async () => {
  const text = Array.from({ length: 20_000 }, (_, n) => record(n, `line ${n}`)).join('');
  const { environment } = await homeWith({ worker: text });
  const script = `"${process.execPath}" "${main}" logs --since 2026-01-01 | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...environment },
  });
  assert.deepEqual([stdout, stderr], ['2026-11-23 15:00:00.000 info  worker line 0\n0\n', '']);
});

test('the last lines of long logs are those that all of them end with', async () => {
  const log = (every: number) =>
    Array.from({ length: 6_000 }, (_, n) =>
      record(n * every, `${every} ${n}`, { pad: 'x'.repeat(100) }),
    ).join('');
  // The one that writes seldom reaches back far in its last bytes, the other one does not.
  const { imara } = await homeWith({ often: log(1), seldom: log(3) });
  const messages = async (...args: string[]) => (await imara('--json', ...args)).stdout.trimEnd().split('\n');
  const all = await messages('--since', '2026-01-01');
  assert.equal(all.length, 12_000);
  assert.deepEqual(await messages('-n', '5000'), all.slice(-5_000));
});

test('with --follow it goes on: in order, over a rotation, and with a process that is new', async (t) => {
  const { file, environment } = await homeWith({ 'api-1': record(0, 'ready') });
  const child = spawn(process.execPath, [main, 'logs', '-f', '--json'], {
    env: { PATH: process.env.PATH, ...environment },
  });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const seen = () =>
    stdout
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text).message);
  await until('what was there is shown', () => seen().includes('ready'));
  const expected = ['ready'];
  for (let n = 0; n < 30; n += 1) {
    appendFileSync(file('api-1'), record(n, `one ${n}`));
    if (n === 20) await rotate(file('api-1'), 1);
    expected.push(`one ${n}`);
  }
  await until('what was written before and after the rotation', () => seen().includes('one 29'));
  assert.deepEqual(seen(), expected);
  appendFileSync(file('worker'), `${record(10_000, 'new')}not the end`);
  await until('the new process', () => seen().includes('new'));
  appendFileSync(file('worker'), ' of a line\n');
  await until('the line that had no end', () => seen().includes('not the end of a line'));
});
