import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Command } from 'commander';
import { runImara } from '../../test/stack/imara.ts';
import { downStatus } from '../supervisor/status.ts';
import { program } from './commands.ts';
import { exitCodes } from './failure.ts';
import { candidates } from './usage/completion.ts';
import { everyCommand, pathOf } from './usage/tree.ts';

const home = await mkdtemp(join(tmpdir(), 'imara-cli-'));
after(() => rm(home, { recursive: true, force: true }));

function imara(args: string[], environment: NodeJS.ProcessEnv = {}) {
  return runImara(args, { IMARA_HOME: home, ...environment });
}

test('help leads with examples, and is data', async () => {
  const { stdout, stderr, exitCode } = await imara(['--help']);
  assert.match(stdout, /^Examples:\n {2}npx imara up/);
  assert.deepEqual([stderr, exitCode], ['', 0]);
});

test('a command that does not exist is an error of usage, with the nearest one', async () => {
  const { stdout, stderr, exitCode } = await imara(['statsu']);
  assert.deepEqual([stdout, exitCode], ['', 2]);
  assert.match(stderr, /unknown command 'statsu'[\s\S]*Did you mean status\?/);
});

test('an argument with control characters is refused before anything is done with it', async () => {
  for (const argument of ['a\u001b[2J', 'a\u0007', '\u0085']) {
    const { stdout, stderr, exitCode } = await imara(['down', '--reason', argument]);
    assert.deepEqual([stdout, exitCode], ['', 2]);
    assert.match(stderr, /Argument 3 has control characters/);
  }
});

test('the error of a subcommand points to its own help, and lists what may be given with the nearest', async () => {
  const phone = ['phone', 'set', '254700000005'];
  const cases: [string[], RegExp, string][] = [
    [['help', 'statsu'], /unknown command 'statsu'\n\(Did you mean status\?\)/, 'imara'],
    [['config', 'help', 'psh'], /unknown command 'psh'\n\(Did you mean push\?\)/, 'imara config'],
    [['phone', 'sit'], /Did you mean set\?/, 'imara phone'],
    [[...phone, '--pinn', '1'], /unknown option '--pinn'/, 'imara phone set'],
    [[...phone, '--behaviour', 'pay'], /one of pays, pays-slowly, .*Did you mean pays\?/, 'imara phone set'],
    [['restart', 'apy'], /one of auth, control, api, .*Did you mean api\?/, 'imara restart'],
    [['phone', 'show', '0712 345 678'], /Write it as 254712345678\./, 'imara phone show'],
    [['phone', 'show', '+254112345678'], /Write it as 254112345678\./, 'imara phone show'],
    [['phone', 'show', '12'], /12 digits and begin with 2547 or 2541/, 'imara phone show'],
  ];
  for (const [args, said, command] of cases) {
    const { stdout, stderr, exitCode } = await imara(args);
    assert.deepEqual([stdout, exitCode], ['', exitCodes.usage], args.join(' '));
    assert.match(stderr, said);
    assert.ok(stderr.endsWith(`See \`npx ${command} --help\`.\n`), stderr);
  }
});

test('every command takes --json, and then an error is one object on stderr', async () => {
  const exempt = new Set(['help', 'complete', 'completion']);
  const leaves = everyCommand(program).filter(({ commands }) => commands.length === 0);
  for (const command of leaves.filter((one) => !exempt.has(one.name()))) {
    assert.ok(
      command.options.some(({ long }) => long === '--json'),
      pathOf(command),
    );
  }
  for (const args of [
    ['phone', 'list', '--json'],
    ['statsu', '--json'],
    ['config', 'show', '--json'],
    ['restart', '--json'],
    ['phone', 'show', '0712345678', '--json'],
  ]) {
    const { stdout, stderr, exitCode } = await imara(args);
    assert.equal(stdout, '', args.join(' '));
    const { error } = JSON.parse(stderr);
    assert.deepEqual(Object.keys(error), ['what', 'why', 'fix', 'exitCode']);
    assert.ok(error.what.length > 0 && error.fix.length > 0);
    assert.equal(error.exitCode, exitCode);
  }
});

test('a pipe that is closed ends the command, and is no error', async () => {
  const script = `"${process.execPath}" src/cli/main.ts journal --help 2>&1 >&- ; "${process.execPath}" src/cli/main.ts --help | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual([stdout, stderr], ['0\n', '']);
});

test('a table fits 80 columns, says what was cut, and --wide shows all of it', async (t) => {
  const name = 'a name that is as long as a name may be and then some, in Nairobi';
  const phones = [{ msisdn: '254700000005', name, behaviour: 'waits', locked: true }];
  const api = createServer((_request, response) => response.end(JSON.stringify({ phones }))).listen(0);
  await once(api, 'listening');
  t.after(() => api.close());
  const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  const narrow = await imara(['phone', 'list', '--api', url]);
  for (const line of narrow.stdout.split('\n')) assert.ok(line.length <= 80, line);
  assert.match(narrow.stdout, /254700000005 {2}a name that is .*… {2}waits {6}PIN locked/);
  assert.match(narrow.stderr, /--wide shows all of it/);
  const whole = await imara(['phone', 'list', '--api', url, '--wide']);
  assert.ok(whole.stdout.includes(name));
  assert.equal(whole.stderr, '');
});

test('a shell is offered commands, options and the values of those that list theirs', async () => {
  const words = (...typed: string[]) => candidates(program, typed).map(({ word }) => word);
  assert.deepEqual(words('config', 'pu'), ['push']);
  assert.deepEqual(words('phone', 'set', '254700000001', '--behaviour', 'wa'), ['waits']);
  assert.deepEqual(words('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(words('config', 'push', '--re'), ['--reason', '--replace']);
  assert.deepEqual(words('config', 'push', ''), [], 'a file is the shell’s to find');
  assert.ok(!words('').includes('complete'));
  const { stdout: script } = await imara(['completion', 'bash']);
  const shell = `${script}\nCOMP_WORDS=(imara rollout ap); COMP_CWORD=2; _imara; echo "\${COMPREPLY[@]}"`;
  const completed = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
  assert.deepEqual([completed.stdout, completed.stderr], ['approve\n', '']);
});

test('while nothing runs, status says so to people and to programs, and down has nothing to do', async () => {
  const json = await imara(['status', '--json']);
  assert.deepEqual(JSON.parse(json.stdout), { ...downStatus, findings: [] });
  assert.equal(json.exitCode, 1);
  const plain = await imara(['status']);
  assert.match(plain.stdout, /^state {8}down$/m);
  assert.match(plain.stderr, /npx imara up/);
  assert.equal((await imara(['down'])).exitCode, 0);
});

test('an error says what, why and what to do, on stderr, without colour in a pipe', async () => {
  const { stdout, stderr, exitCode } = await imara(['phone', 'list']);
  assert.deepEqual([stdout, exitCode], ['', 1]);
  assert.equal(
    stderr,
    'error: Imara is not up here.\nStart it with `npx imara up`, or name another API with --api URL.\n',
  );
  const coloured = await imara(['phone', 'list'], { FORCE_COLOR: '1' });
  assert.ok(coloured.stderr.startsWith('\u001b[31merror:'));
});

test('a phone is answered in exactly one way', async () => {
  for (const answer of [[], ['--pin', '1234', '--cancel']]) {
    const { stderr, exitCode } = await imara(['phone', 'answer', '254700000005', ...answer]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /one of --pin PIN, --cancel and --ignore/);
  }
});

test('R1: an API that never answers is given up on, with a status of its own', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const api = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { stderr, exitCode } = await imara(['phone', 'list', '--api', api, '--timeout', '0.3']);
  assert.equal(exitCode, 5);
  assert.match(stderr, /did not answer within 0\.3 s/);
});

test('what the API refuses is told in its words', async (t) => {
  const api = createServer((_request, response) =>
    response
      .writeHead(409, { 'content-type': 'application/json' })
      .end('{"error":{"code":"no_open_prompt","message":"254700000005 shows no prompt now"}}'),
  ).listen(0, '127.0.0.1');
  await once(api, 'listening');
  t.after(() => api.close());
  const { port } = api.address() as AddressInfo;
  const { stderr, exitCode } = await imara(['phone', 'answer', '254700000005', '--cancel'], {
    IMARA_API: `http://127.0.0.1:${port}/`,
  });
  assert.equal(exitCode, 1);
  assert.match(stderr, /^error: 254700000005 shows no prompt now\nSend a push to it first/);
});

test('a port base that is none is refused before anything starts', async () => {
  const { stderr, exitCode } = await imara(['up'], { IMARA_PORT_BASE: 'high' });
  assert.equal(exitCode, 2);
  assert.match(stderr, /IMARA_PORT_BASE is "high"[\s\S]*1024 to 65000/);
});

test('a configuration file with a typing error is told once, and nothing is started', async () => {
  const file = join(home, 'typo.yaml');
  await writeFile(file, 'serving: { retryAfterSecond: 2 }');
  const { stdout, stderr, exitCode } = await imara(['up'], { IMARA_CONFIG: file });
  assert.deepEqual([stdout, exitCode], ['', 1]);
  assert.match(stderr, /typo\.yaml \(IMARA_CONFIG\) is no valid configuration: nothing was started/);
  assert.equal(stderr.match(/retryAfterSecond = /g)?.length, 1);
  assert.match((await imara(['status'])).stdout, /^state {8}down$/m);
});

test('the reference names every command, option and exit status', async () => {
  const reference = await readFile(join(import.meta.dirname, '../../docs/reference/cli.md'), 'utf8');
  const check = (command: Command, name: string) => {
    // The same for every group, and what the completion scripts call.
    if (/ \w+ help$| complete$/.test(name)) return;
    assert.ok(command.commands.length > 0 || reference.includes(`\n## \`${name}`), name);
    for (const { long } of command.options) assert.ok(reference.includes(`\`${long}`), `${name} ${long}`);
    for (const one of command.commands) check(one, `${name} ${one.name()}`);
  };
  check(program, 'imara');
  for (const code of Object.values(exitCodes)) assert.ok(reference.includes(`| ${code} |`), String(code));
});
