import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { relayTo } from '../auth/broken-servers.ts';
import { operatorOf } from '../operator.ts';
import { IMARA } from '../stack/imara.ts';
import { quickRollouts, startStack } from '../stack/stack.ts';
import { watchedBy } from '../stack/watched.ts';
import { until } from '../until.ts';

// A proved release whose harm comes later than its proof, on the whole of Imara: nobody undoes it, so people
// have to hear of it.

const stack = await startStack({}, quickRollouts);
const status = await stack.status();
const operator = await operatorOf(stack);
after(() => stack.close());

interface Inspected {
  exitCode: number;
  state?: string;
  findings: { name: string; severity: string; what: string; fix?: string }[];
}

/** `imara status` or `doctor`, as a program reads it. */
async function inspect(command: 'status' | 'doctor'): Promise<Inspected> {
  const env = { ...process.env, DATABASE_URL: undefined, IMARA_HOME: stack.home };
  const args = [IMARA, command, '--json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code);
      if (stdout === '') reject(new Error(stderr));
      else resolve({ exitCode, ...JSON.parse(stdout) });
    });
  });
}

const alarmsIn = ({ findings }: Inspected) =>
  findings.filter(({ name, severity }) => name.startsWith('release.alarm') && severity === 'bad');

const judged = () =>
  until(
    'the release in force is judged, and nothing speaks against it',
    async () => {
      const now = await inspect('status');
      const good = now.findings.some(({ name, severity }) => name === 'release.alarm' && severity === 'good');
      return good && now.exitCode === 0 && now;
    },
    { deadlineMs: 60_000, everyMs: 500 },
  );

test('a process that is killed and comes back is no alarm', async () => {
  await judged();
  const api = status.instances.find(({ name }) => name === 'api-1');
  assert.ok(api);
  process.kill(api.pid, 'SIGKILL');
  await until(
    'it is back',
    async () => {
      const { instances } = await stack.status();
      const now = instances.find(({ name }) => name === 'api-1');
      return now?.state === 'ready' && now.pid !== api.pid;
    },
    { deadlineMs: 60_000 },
  );
  await judged();
});

test('R10: every token fails after the proof, with no traffic at all: an alarm in status and doctor, whose undo ends it', async (t) => {
  const relay = await relayTo(`http://127.0.0.1:${Number(new URL(status.api).port) + 10}`);
  const auth = { servers: [`http://127.0.0.1:${relay.port}`] };
  const { id, phase, because, release } = await operator.pushed({ environments: { production: { auth } } });
  assert.equal(phase, 'proved', because ?? '');
  await judged();

  relay.down(true);
  const brokenAt = performance.now();
  const bad = await until(
    'status shows an alarm',
    async () => {
      const now = await inspect('status');
      return alarmsIn(now).length > 0 && now;
    },
    { deadlineMs: 90_000, everyMs: 250 },
  );
  const [alarm] = alarmsIn(bad);
  t.diagnostic(`${((performance.now() - brokenAt) / 1_000).toFixed(1)} s: ${alarm?.what}`);
  assert.equal(bad.exitCode, 6);
  assert.equal(bad.state, 'degraded');
  const doctor = await inspect('doctor');
  assert.equal(doctor.exitCode, 6);
  assert.ok(alarmsIn(doctor).length > 0);
  const command = /`npx imara (undo --from \d+) --reason '([^']+)'`/.exec(alarm?.fix ?? '');
  assert.ok(command?.[1] && command[2], alarm?.fix ?? '');
  assert.equal(command[1], `undo --from ${release}`);
  assert.equal((await operator.find(id)).phase, 'proved', 'nothing is undone for it');

  await stack.imara(...command[1].split(' '), '--reason', command[2]);
  const undoneAt = performance.now();
  await judged();
  t.diagnostic(`${((performance.now() - undoneAt) / 1_000).toFixed(1)} s after the undo no alarm stands`);
  const journal = await stack.imara('journal', '--lines', '200');
  for (const kind of ['alarm.raised', 'alarm.cleared'])
    assert.match(journal, new RegExp(kind.replace('.', '\\.')));
});

/** What is promised of an outage, and how much longer a machine may take that runs a suite beside it. */
const OUTAGE_MS = 2_000;
const GENEROUS = 4;

test('R10: every process of the API stands still: the page of the watch has arrived within 2 s, and it is said when that is over', async (t) => {
  const { duty } = await watchedBy(stack);
  const api = async () => (await stack.status()).instances.filter(({ service }) => service === 'api');
  await until('the API serves', async () => (await api()).every(({ state }) => state === 'ready'));
  // The supervisor replaces what is frozen: that is frozen too, until somebody has heard of it.
  const frozen = new Set<number>();
  const freeze = async () => {
    for (const { pid } of await api()) {
      if (pid === null || frozen.has(pid)) continue;
      process.kill(pid, 'SIGSTOP');
      frozen.add(pid);
    }
  };
  const at = performance.now();
  try {
    const page = await until(
      'the page has arrived',
      async () => {
        await freeze();
        return duty.of('raised').find(({ message }) => message.alarm.severity === 'page');
      },
      { deadlineMs: GENEROUS * OUTAGE_MS },
    );
    t.diagnostic(`${Math.round(performance.now() - at)} ms: ${page.message.alarm.evidence}`);
    assert.equal(page.message.journalled, true);
  } finally {
    for (const pid of frozen) thaw(pid);
  }
  await until(
    'all is over',
    () => duty.of('resolved').length > 0 && duty.of('resolved').length >= duty.of('raised').length,
  );
  assert.equal((await stack.status()).state, 'ready');
});

function thaw(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It was killed in the meantime, and another one is there in its place.
  }
}
