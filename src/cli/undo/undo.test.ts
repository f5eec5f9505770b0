import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fakeControl } from '../../../test/fake-control.ts';
import { runImara } from '../../../test/stack/imara.ts';
import { until } from '../../../test/until.ts';
import type { ProcessOptions } from '../../agent/fixtures/service-process.ts';

// Real agents in processes of their own, under the home that the command is given; the control they know goes
// away.

/** Starting a process and its taster takes long where the machine is shared. */
const patient = { deadlineMs: 60_000 };

const home = await mkdtemp(join(tmpdir(), 'imara-undo-'));

async function startInstance(instance: string) {
  const control = await fakeControl({
    service: 'rates',
    schema: 'rates/1',
    environment: 'production',
    instance,
    leaseMs: 60_000,
  });
  const directory = join(home, 'agents', instance);
  await mkdir(directory, { recursive: true });
  const { url, token, trustedKeys } = control;
  const options: ProcessOptions = { instance, directory, control: { url, token, trustedKeys } };
  const child = fork(join(import.meta.dirname, '../../agent/fixtures/service-process.ts'), [
    JSON.stringify(options),
  ]);
  const said: { rate?: number } = {};
  child.on('message', (rate: number) => {
    said.rate = rate;
  });
  await until('it is steady', () => control.reports.at(-1)?.phase === 'steady', patient);
  const serves = (rate: number) =>
    until(`${instance} serves with ${rate}`, () => said.rate === rate, patient);
  /** Has it taken, and proved. */
  const prove = async (rate: number) => {
    const offer = control.offer(control.release({ rate }));
    await serves(rate);
    child.send('count');
    await until('an outcome with it is heard', () => {
      const newest = control.reports.at(-1)?.counts[0];
      return newest?.hash === offer.release.hash && newest.live.good === 1;
    });
    control.prove(offer);
    await until('it is proved', () => control.reports.at(-1)?.good === offer.release.hash);
    return offer.release;
  };
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await control.stop();
  };
  return { control, serves, prove, stop };
}

const [first, second] = await Promise.all([startInstance('api-1'), startInstance('api-2')]);
after(async () => {
  await Promise.all([first.stop(), second.stop()]);
  await rm(home, { recursive: true, force: true });
});

function undo(args: string[] = [], environment: NodeJS.ProcessEnv = {}) {
  return runImara(['undo', ...args], { IMARA_HOME: home, ...environment });
}

test('with nothing proved there is nothing to undo, which is status 3 and moves nobody', async () => {
  const { stdout, stderr, exitCode } = await undo();
  assert.equal(exitCode, 3, stderr);
  assert.match(stdout, /^api-1 +untouched +built-in/m);
});

test('R6: undo with control dead reaches the instances themselves, and leaves alone whom the release had not reached', async () => {
  const seven = await first.prove(7);
  await second.prove(7);
  const eight = await first.prove(8);
  await Promise.all([first.control.stop(), second.control.stop()]);
  const { stdout, stderr, exitCode } = await undo(['--reason', 'it smells', '--json'], {
    IMARA_CONTROL_URL: first.control.url,
    IMARA_OPERATOR_TOKEN: 'a-token',
  });
  assert.equal(exitCode, 0, stderr);
  const { control, instances } = JSON.parse(stdout);
  assert.match(control, /Control cannot be reached/);
  assert.deepEqual(
    instances.map(({ instance, state }: { instance: string; state: string }) => [instance, state]),
    [
      ['api-1', 'undone'],
      ['api-2', 'untouched'],
    ],
  );
  assert.equal(instances[0].running, seven.hash);
  assert.notEqual(eight.hash, seven.hash);
  await Promise.all([first.serves(7), second.serves(7)]);
});

test('R17: at the instances too, a further release is taken only by who says so, and a target that none has proved by nobody', async () => {
  const again = await undo();
  assert.equal(again.exitCode, 3);
  assert.match(again.stderr, /An undo was ordered here \d+ s ago/);
  assert.match(again.stderr, /without a question: --yes.*--from RELEASE/);
  const left = await undo(['--from', '2', '--yes']);
  assert.equal(left.exitCode, 3);
  assert.match(left.stderr, /No instance on this machine has 2/);
  for (const to of ['99', 'sha256:0123']) {
    const nowhere = await undo(['--to', to, '--yes']);
    assert.equal(nowhere.exitCode, 3);
    assert.match(nowhere.stderr, new RegExp(`No instance .* has proved release ${to} before`));
  }
  await Promise.all([first.serves(7), second.serves(7)]);
});

test('R6: a control that never answers holds an undo up for a few seconds only', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const environment = {
    IMARA_CONTROL_URL: `http://127.0.0.1:${port}`,
    IMARA_OPERATOR_TOKEN: 'a-token',
  };
  const { stderr, exitCode } = await undo(['--yes'], environment);
  assert.equal(exitCode, 0, stderr);
  assert.match(stderr, /did not answer within 1.5 s\.\nThe instances on this machine are asked themselves/);
  await Promise.all([first.serves(1), second.serves(1)]);
});

test('an instance that nobody answers for is said to be not undone: status 5', async () => {
  await mkdir(join(home, 'agents', 'api-3'));
  const { stdout, exitCode } = await undo(['--yes']);
  assert.equal(exitCode, 5);
  assert.match(stdout, /^api-3 +not done/m);
});

test('a home without instances has only what control said to tell', async () => {
  const { stderr, exitCode } = await runImara(['undo'], { IMARA_HOME: join(home, 'empty') });
  assert.equal(exitCode, 1);
  assert.match(stderr, /error: It is not known where control is/);
});

test('R6: the order is told to control when it is back, with who gave it and why', async () => {
  await Promise.all([first.control.start(), second.control.start()]);
  const told = await first.control.told('undo_ordered_here');
  assert.match(told.by, /: it smells$/);
});
