import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { createClient } from '../mpesa/client.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { runImara } from '../stack/imara.ts';
import { startStack } from '../stack/stack.ts';
import { until } from '../until.ts';

// R14: what was acknowledged survives `kill -9` of anything. A stream of pushes goes on while each process in
// turn, and then everything at once, is killed; afterwards each acknowledged push has one result and one
// callback.

const PUSH_EVERY_MS = 40;
const BETWEEN_KILLS_MS = 2_000;
/** An attempt whose answer arrived this shortly before a kill may not be recorded yet: it is made again. */
const UNRECORDED_MS = 1_500;

const stack = await startStack();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});

interface Acknowledged {
  CheckoutRequestID: string;
}

interface StkCallback {
  Body: { stkCallback: { CheckoutRequestID: string; ResultCode: number } };
}

test('R14: nothing acknowledged is lost or doubled when any process, or all of them, are killed', async (t) => {
  const client = createClient(await stack.status());
  await client.authenticate();
  const acknowledged = new Set<string>();
  const kills: number[] = [];
  let next = 0;
  let streaming = true;

  const pushOne = async () => {
    const msisdn = `2547${String(10_000_000 + next++)}`;
    try {
      const response = await client.push({ msisdn, amount: 1 + (next % 50), callbackUrl: receiver.url });
      if (response.status !== 200) return;
      acknowledged.add(((await response.json()) as Acknowledged).CheckoutRequestID);
    } catch {
      // A killed process takes its calls with it: not acknowledged, nothing to check.
    }
  };
  const stream = (async () => {
    const calls: Promise<void>[] = [];
    while (streaming) {
      calls.push(pushOne());
      await new Promise((resolve) => setTimeout(resolve, PUSH_EVERY_MS));
    }
    await Promise.all(calls);
  })();
  /** Every process under the supervisor, the database too, by its name. */
  const processes = async () => {
    const { instances, postgres } = await stack.status();
    return new Map([...instances.map(({ name, pid }) => [name, pid] as const), ['postgres', postgres.pid]]);
  };
  const settle = () => new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS));

  await settle();
  for (const [name, pid] of await processes()) {
    t.diagnostic(`kill -9 ${name}`);
    process.kill(pid, 'SIGKILL');
    kills.push(Date.now());
    await until(
      `${name} is back`,
      async () => {
        const { state } = await stack.status();
        return state === 'ready' && (await processes()).get(name) !== pid;
      },
      { deadlineMs: 30_000, everyMs: 200 },
    );
    await settle();
  }

  t.diagnostic('kill -9 everything');
  const everything = await processes();
  kills.push(Date.now());
  await stack.killSupervisor();
  for (const pid of everything.values()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself when the supervisor was gone.
    }
  }
  await stack.up();
  await settle();
  streaming = false;
  await stream;
  assert.ok(acknowledged.size > 100, `only ${acknowledged.size} pushes were acknowledged`);

  const callbacks = () => {
    const times = new Map<string, number[]>();
    for (const { at, body } of receiver.received) {
      const { CheckoutRequestID: id } = (body as StkCallback).Body.stkCallback;
      times.set(id, [...(times.get(id) ?? []), at]);
    }
    return times;
  };
  await until(
    'each acknowledged push has its callback',
    () => [...acknowledged].every((id) => callbacks().has(id)),
    {
      deadlineMs: 90_000,
      everyMs: 500,
    },
  );

  const results = new Map<string, Set<number>>();
  for (const { body } of receiver.received) {
    const { CheckoutRequestID: id, ResultCode } = (body as StkCallback).Body.stkCallback;
    results.set(id, (results.get(id) ?? new Set()).add(ResultCode));
  }
  for (const [id, codes] of results) assert.equal(codes.size, 1, `${id} had results ${[...codes]}`);
  for (const [id, times] of callbacks()) {
    // Acknowledged and recorded is never sent again; only an answer that a kill kept from being recorded is.
    for (const at of times.slice(0, -1)) {
      assert.ok(
        kills.some((kill) => kill - at < UNRECORDED_MS && kill - at > -UNRECORDED_MS),
        `${id} was sent again although no kill came near its acknowledgement`,
      );
    }
  }
  for (const id of [...acknowledged].slice(0, 50)) {
    const body = (await (await client.query(id)).json()) as { ResultCode: string };
    assert.deepEqual([...(results.get(id) ?? [])], [Number(body.ResultCode)]);
  }
  await stack.imara('ledger', 'check');
});

test('R10: PostgreSQL stands still: each process that needs it says so, status and doctor end with 6, and nobody is restarted', async (t) => {
  const before = await stack.status();
  // What failed when everything was killed is an alarm until half a minute after it.
  const isGood = async () => {
    const { exitCode, findings } = await inspect('status');
    const bad = findings.filter(({ severity }) => severity === 'bad').map(({ name }) => name);
    t.diagnostic(`status ends with ${exitCode}: ${bad.join(', ') || 'all is good'}`);
    return exitCode === 0;
  };
  await until('all is good', isGood, { everyMs: 2_000, deadlineMs: 90_000 });
  const pids = [before.postgres.pid, ...(await childrenOf(before.postgres.pid))];
  const signal = (name: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // A connection's own process, which ends with it.
      }
    }
  };
  signal('SIGSTOP');
  t.after(() => signal('SIGCONT'));
  // The watch needs nothing of what it watches (R11).
  const asked = before.instances.filter(({ name }) => name !== 'watch');
  for (const { name, admin } of asked) {
    await until(`${name} says that it is not ready`, async () => !(await fetch(`${admin}/readyz`)).ok);
    const { checks } = (await (await fetch(`${admin}/readyz`)).json()) as {
      checks: Record<string, { reason?: string }>;
    };
    assert.match(checks.database?.reason ?? '', /PostgreSQL has not answered for \d+ s/, name);
    assert.equal((await fetch(`${admin}/routez`)).status, 200, `${name} goes on getting requests`);
  }
  for (const command of ['status', 'doctor']) {
    const { exitCode, findings } = await inspect(command);
    assert.equal(exitCode, 6, command);
    const bad = findings.filter(({ severity }) => severity === 'bad').map(({ name }) => name);
    for (const { name } of asked) assert.ok(bad.includes(`process.${name}.database`), `${command} ${name}`);
  }
  signal('SIGCONT');
  // What failed meanwhile is an alarm until half a minute after it.
  await until('all is good again', isGood, { everyMs: 2_000, deadlineMs: 90_000 });
  const after = await stack.status();
  assert.deepEqual(
    after.instances.map(({ pid }) => pid),
    before.instances.map(({ pid }) => pid),
  );
});

interface Inspected {
  exitCode: number | null;
  findings: { name: string; severity: string }[];
}

async function inspect(command: string): Promise<Inspected> {
  const { stdout, exitCode } = await runImara([command, '--json'], { IMARA_HOME: stack.home });
  return { exitCode, findings: JSON.parse(stdout).findings };
}

async function childrenOf(parent: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid='], { timeout: 5_000 });
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid = 0, of]) => (of === parent ? [pid] : []));
}
