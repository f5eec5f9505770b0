import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { demandPrograms } from './stack/programs.ts';
import { until } from './until.ts';

/**
 * The edge of `deploy/haproxy` before two real API processes, each serving one request at a time, longer than
 * clients take to come.
 */
const edge = { port: 18_473, maxconn: 1, queue: 4 };
const url = `http://127.0.0.1:${edge.port}/pay`;

demandPrograms(['haproxy']);
const [one, two] = await Promise.all([startApi(), startApi()]);
const child = spawn('haproxy', ['-f', 'deploy/haproxy/haproxy.cfg'], {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: {
    ...process.env,
    IMARA_LISTEN: `127.0.0.1:${edge.port}`,
    IMARA_API_1: `127.0.0.1:${one.port}`,
    IMARA_API_2: `127.0.0.1:${two.port}`,
    IMARA_ADMIN_1: String(one.adminPort),
    IMARA_ADMIN_2: String(two.adminPort),
    IMARA_PROCESS_MAXCONN: String(edge.maxconn),
    IMARA_QUEUE: String(edge.queue),
  },
});
after(() => child.kill('SIGTERM'));
await until('the edge answers', () =>
  pay().then(
    ({ status }) => status === 200,
    () => false,
  ),
);

async function startApi(): Promise<{ port: number; adminPort: number }> {
  const child = spawn(process.execPath, ['test/stack/api-process.ts', '--port=0', '--wait=1500'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
  return JSON.parse(String(line));
}

function pay(body = '{"Amount":1}'): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(10_000),
  });
}

test("R12: over the places of the processes and the queue, the edge refuses at once in the API's form", async () => {
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const answer = await pay();
      return {
        status: answer.status,
        headers: answer.headers,
        body: (await answer.json()) as Record<string, string>,
        afterMs: performance.now() - began,
      };
    }),
  );
  const served = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 503);
  assert.equal(served.length + refused.length, 60);
  // Two processes with one place each, and nobody in the queue gets one within the 50 ms that it allows.
  assert.equal(served.length, 2);
  for (const { headers, body } of refused) {
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
    assert.match(headers.get('retry-after') ?? '', /^[1-3]$/);
    assert.match(body.requestId ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(body.errorCode, '500.003.02');
    assert.equal(body.errorMessage, 'System is busy. Please try again in few minutes.');
  }
});

test('a body that is too large is refused by the edge', async () => {
  const answer = await pay(JSON.stringify('x'.repeat(70_000)));
  assert.equal(answer.status, 413);
  assert.match(JSON.stringify(await answer.json()), /"errorCode":"400.002.05"/);
});

test('what is not HTTP ends at the edge', async () => {
  assert.match(await raw('NOT HTTP\r\n\r\n'), /^HTTP\/1.1 400 /);
});

test("R12: a client that does not send its body is sent away in the API's form", async () => {
  const answer = await raw('POST /pay HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"');
  assert.match(answer, /^HTTP\/1.1 408 .*"errorCode":"400.002.05"/s);
});

/** What the edge sends on a connection after `bytes`, until it closes it. */
async function raw(bytes: string): Promise<string> {
  const socket = connect(edge.port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.write(bytes);
  await once(socket, 'close', { signal: AbortSignal.timeout(20_000) });
  return received;
}
