import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { BoundSocket } from 'node:net';
import { after, test } from 'node:test';
import { until } from '../../test/until.ts';

/** Patient: this machine may be busy with other things, and an overload is not what is tested. */
const queue = { maxAgeMs: 5_000, overloadedAfterMs: 5_000, overloadedMaxAgeMs: 5_000 };

/** One socket, held open here, on which every process listens: what waits in it outlives each of them. */
function sharedSocket() {
  const socket = new BoundSocket({ host: '127.0.0.1', port: 0 });
  after(() => socket.close());
  return socket;
}

async function startProcess(socket: BoundSocket): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['test/stack/api-process.ts', '--wait=3', `--settings=${JSON.stringify({ queue })}`],
    {
      stdio: ['ignore', 'pipe', 'inherit', socket.fd()],
    },
  );
  after(() => child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
  return child;
}

/** Ends it by a drain. Returns its exit code. */
async function drained(child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(30_000) });
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}

/** Clients that pay without pause, on connections kept and on new ones. */
function load(port: number, agents: readonly (Agent | undefined)[]) {
  const answers = { ok: 0, failed: [] as string[], pids: new Set<number>() };
  let running = true;
  const clients = agents.map(async (agent) => {
    while (running) {
      await pay(port, agent).then(
        ({ status, body }) => {
          if (status === 200) answers.ok += 1;
          else answers.failed.push(`${status} ${body}`);
          if (status === 200) answers.pids.add(JSON.parse(body).pid);
        },
        (error) => answers.failed.push(String(error)),
      );
    }
  });
  return {
    answers,
    async stop() {
      running = false;
      await Promise.all(clients);
    },
  };
}

function pay(port: number, agent: Agent | undefined): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      path: '/pay',
      method: 'POST',
      agent: agent ?? false,
      timeout: 10_000,
    };
    request({ ...options, headers: { 'content-type': 'application/json' } }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode, body }));
    })
      .once('error', reject)
      .end('{"Amount":1}');
  });
}

test('R13: two processes on one socket restart one after the other under load, and no request fails', async () => {
  const socket = sharedSocket();
  const { port } = socket.address();
  const [first, second] = await Promise.all([startProcess(socket), startProcess(socket)]);
  const kept = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const clients = load(port, [...kept, ...Array.from({ length: 4 }, () => undefined)]);
  const served = (pids: readonly (number | undefined)[]) =>
    until('both processes serve', () =>
      pids.every((pid) => pid !== undefined && clients.answers.pids.has(pid)),
    );
  await served([first.pid, second.pid]);
  const started: ChildProcess[] = [];
  for (const child of [first, second]) {
    assert.equal(await drained(child), 0);
    started.push(await startProcess(socket));
  }
  await served(started.map(({ pid }) => pid));
  await clients.stop();
  for (const agent of kept) agent.destroy();
  assert.deepEqual(clients.answers.failed, []);
  assert.ok(clients.answers.ok > 100);
});
