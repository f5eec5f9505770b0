import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { versionOf } from '../../src/process/installation/release.ts';
import { createClient } from '../mpesa/client.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { operatorOf } from '../operator.ts';
import { runImara } from '../stack/imara.ts';
import { quickRollouts, startStack, takesReleases } from '../stack/stack.ts';
import { until } from '../until.ts';
import { CRASHES_AT_BOOT } from './crash-at-boot.ts';

// Changes on the real stack, from an operator's request to what a client of the API sees, and every way back.

const hook = new URL('./crash-at-boot.ts', import.meta.url);
// From the sources, which the hook changes as they are loaded.
const stack = await startStack({ NODE_OPTIONS: `--import=${hook.href}` }, quickRollouts, 'src/cli/main.ts');
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});
const operator = await operatorOf(stack);
const client = createClient(await stack.status());
await client.authenticate();

let subscriber = 0;
const pay = (amount: number) => {
  subscriber += 1;
  return client.push({ msisdn: String(254_711_000_000 + subscriber), amount, callbackUrl: receiver.url });
};

const checkout = (await (await pay(10)).json()) as { CheckoutRequestID: string };
async function queriesAnswer(...wanted: number[]): Promise<void> {
  await until(`queries are answered ${wanted}`, async () => {
    const answers = Array.from({ length: 8 }, () => client.query(checkout.CheckoutRequestID));
    const statuses = new Set((await Promise.all(answers)).map(({ status }) => status));
    return statuses.size === wanted.length && wanted.every((each) => statuses.has(each));
  });
}

/** Pushes a change of production's serving; returns the release's hash once it is proved. */
async function proved(serving: object): Promise<string> {
  const change = { environments: { production: { serving: { ...serving } } } };
  const { phase, because, hash } = await operator.pushed(change);
  assert.equal(phase, 'proved', because ?? '');
  return hash;
}
const queries = (enabled: boolean) => ({ products: { 'stk-query': { enabled } } });

/** Everything of production that has a configuration. */
async function production() {
  const { instances } = await stack.status();
  return instances.filter((one) => one.environment === 'production' && takesReleases(one));
}
async function allServe(version: string | null | undefined): Promise<void> {
  await until(`everything serves with ${version}`, async () =>
    (await production()).every(({ state, release }) => state === 'ready' && release === version),
  );
}

interface Row {
  kind: string;
  subject: string;
  at: string;
  data: { hash?: string; passedOver?: string[]; fact?: { kind: string }; to?: string };
}
async function journal(...subject: string[]): Promise<Row[]> {
  const of = subject.flatMap((each) => ['--subject', each]);
  const text = await stack.imara('journal', '--json', '--lines', '200', ...of);
  return (JSON.parse(text) as { rows: Row[] }).rows;
}

const [builtIn] = await production();
let first: string;

test('a change is proved on every process, and a client sees it', async () => {
  await queriesAnswer(200);
  first = await proved(queries(false));
  await queriesAnswer(500);
  assert.equal((await pay(10)).status, 200);
  await allServe(versionOf(first));
});

test('R9: a release that crashes each instance at boot: each is back on the proved-good one after its second failed boot', async () => {
  // It does everything well when it is switched to: no taste and no gate can see it.
  const bad = await proved({ ...queries(true), retryAfterSeconds: CRASHES_AT_BOOT });
  await queriesAnswer(200);
  const before = await production();
  assert.equal(before.length, 5);
  for (const { pid } of before) process.kill(pid, 'SIGKILL');
  await until('everything was started again', async () =>
    (await production()).every(({ name, pid, state }) =>
      before.every((one) => one.name !== name || (state === 'ready' && one.pid !== pid)),
    ),
  );
  await allServe(versionOf(first));
  // Once for the kill, and twice for a boot that failed.
  for (const { name, restarts } of await production()) assert.equal(restarts, 3, name);
  await queriesAnswer(500);
  assert.equal((await pay(10)).status, 200);

  const rows = await until('the journal tells of all', async () => {
    const found = await journal();
    const facts = found.filter(
      ({ kind, data }) => kind === 'rollout.fact' && data.fact?.kind === 'boot_failed',
    );
    return facts.length === before.length && found;
  });
  for (const { name } of before) {
    const boots = rows.filter(({ kind, subject }) => kind === 'agent.booted' && subject === name).slice(-3);
    assert.deepEqual(
      boots.map(({ data }) => data.hash),
      [bad, bad, first],
    );
    assert.deepEqual(boots.at(-1)?.data.passedOver, [bad]);
  }
  // Nobody is offered it again: that would be a circle.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await allServe(versionOf(first));
});

/** `imara undo` as a person types it, who is at no terminal here. */
const undo = (...args: string[]) => runImara(['undo', ...args], { IMARA_HOME: stack.home });

/** PostgreSQL with all its processes. */
function signalPostgres(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  for (const each of [pid, ...stdout.split(/\s+/).filter(Boolean).map(Number)]) process.kill(each, signal);
}

test('R6, R17: PostgreSQL stands still in the middle of an undo: one release is taken back, and the command says so', async () => {
  const { postgres } = await stack.status();
  signalPostgres(postgres.pid, 'SIGSTOP');
  const undone = await undo('--reason', 'nothing boots with it').finally(() =>
    signalPostgres(postgres.pid, 'SIGCONT'),
  );
  assert.equal(undone.exitCode, 0, undone.stderr);
  assert.match(undone.stderr, /Control has told \d+ instances, and cannot write it down yet/);
  assert.match(undone.stderr, /None of the \d+ instances on this machine has release 2 /);
  await until('control has written it', async () => (await operator.find('imara-2')).phase === 'rolled_back');
  await until('every order is done', async () => {
    const rows = await journal();
    return rows.some(({ kind, subject }) => kind === 'operator.undo' && subject === 'imara-2');
  });
  await allServe(versionOf(first));
  assert.equal((await operator.find('imara-1')).phase, 'proved');
  await queriesAnswer(500);
});

test('R17: two people undo within a moment, and again: one release is taken back, and a further one only by who says so', async () => {
  await proved(queries(true));
  await queriesAnswer(200);
  const [one, two] = await Promise.all([
    undo('--reason', 'it smells'),
    sleep(150).then(() => undo('--reason', 'it does')),
  ]);
  // The first takes it back; the other gets that answer, or was in time to mean the same.
  const ended = [one.exitCode, two.exitCode].toSorted();
  assert.ok(ended[0] === 0 && (ended[1] === 0 || ended[1] === 3), `${one.stderr}\n${two.stderr}`);
  const third = await undo();
  assert.equal(third.exitCode, 3);
  assert.match(third.stderr, /Release 3 \(sha256:\w+\) was taken back just now/);
  assert.match(third.stderr, /without a question: --yes\. To name what is to be left: --from RELEASE/);
  for (const to of ['99', '3', '1', 'sha256:00000000']) {
    const nowhere = await undo('--to', to, '--yes');
    assert.notEqual(nowhere.exitCode, 0, to);
    assert.match(nowhere.stderr, /there is no release|was taken back itself|is the one in force/);
  }
  await allServe(versionOf(first));
  assert.equal((await operator.find('imara-1')).phase, 'proved');
  await queriesAnswer(500);
});

test('R6: each undo brings the value before it back', async (t) => {
  const beganAt = performance.now();
  const undone = await undo('--from', '1', '--reason', 'the product is wanted');
  const tookMs = performance.now() - beganAt;
  assert.equal(undone.exitCode, 0, undone.stderr);
  await queriesAnswer(200);
  await allServe(builtIn?.release);
  const rows = await journal('imara-1');
  const at = (wanted: string) =>
    Date.parse(rows.findLast(({ kind, data }) => kind === wanted && data.to !== 'rolling_back')?.at ?? '');
  const backMs = at('rollout.phase') - at('operator.undo');
  t.diagnostic(
    `from the order to all back, by control's journal: ${backMs} ms; the whole command: ${Math.round(tookMs)} ms`,
  );
  // A busy machine is slower than docs/reference/benches.md says; not this much.
  assert.ok(backMs >= 0 && backMs < 3_000, `${backMs} ms`);
});

test('a product is switched off in a freeze and while another change waits, which goes back', async (t) => {
  await stack.imara('freeze', '--reason', 'the end of the month');
  const held = await operator.push({ environments: { production: { serving: { retryAfterSeconds: 2 } } } });
  await until('it waits', async () => (await operator.find(held.id)).phase === 'waiting', {
    deadlineMs: 60_000,
  });
  const beganAt = performance.now();
  const off = stack.imara('product', 'disable', 'stk-query', '--reason', 'queries cost too much', '--json');
  await queriesAnswer(500);
  const tookMs = performance.now() - beganAt;
  const { rollout } = JSON.parse(await off) as { rollout: { phase: string; hash: string } };
  t.diagnostic(`from the command to all refusing: ${Math.round(tookMs)} ms`);
  t.diagnostic(`to the end of the command: ${Math.round(performance.now() - beganAt)} ms`);
  assert.equal(rollout.phase, 'proved');
  await allServe(versionOf(rollout.hash));
  assert.equal((await operator.ended(held.id)).phase, 'rolled_back');
  assert.match(await stack.imara('product', 'list'), /stk-query +off/);
  assert.equal((await pay(10)).status, 200, 'only that product');
  await stack.imara('unfreeze');
  await stack.imara('undo', '--reason', 'queries are wanted');
  await queriesAnswer(200);
});
