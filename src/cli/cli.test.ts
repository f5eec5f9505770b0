import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Command } from 'commander';
import { runImara } from '../../test/imara.ts';
import { downStatus } from '../fleet/status.ts';
import { program } from './commands.ts';
import { exitCodes } from './failure.ts';

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

test('while nothing runs, status says so to people and to programs, and down has nothing to do', async () => {
  const json = await imara(['status', '--json']);
  assert.deepEqual(JSON.parse(json.stdout), { ...downStatus, findings: [] });
  assert.equal(json.exitCode, 1);
  const plain = await imara(['status']);
  assert.match(plain.stdout, /^state {4}down$/m);
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

test('the reference names every command, option and exit status', async () => {
  const reference = await readFile(join(import.meta.dirname, '../../docs/reference/cli.md'), 'utf8');
  const check = (command: Command, name: string) => {
    assert.ok(command.commands.length > 0 || reference.includes(`\n## \`${name}`), name);
    for (const { long } of command.options) assert.ok(reference.includes(`\`${long}`), `${name} ${long}`);
    for (const one of command.commands) check(one, `${name} ${one.name()}`);
  };
  check(program, 'imara');
  for (const code of Object.values(exitCodes)) assert.ok(reference.includes(`| ${code} |`), String(code));
});
