import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { generate } from 'selfsigned';
import { until } from '../../../test/until.ts';
import type { ToChild } from '../../supervisor/process/messages.ts';
import { SharedSockets } from '../../supervisor/process/sockets.ts';

const folder = await mkdtemp(join(tmpdir(), 'imara-stand-in-'));
const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
await Promise.all([writeFile(join(folder, 'cert'), cert), writeFile(join(folder, 'key'), key)]);
const [api, tls] = await Promise.all([freePort(), freePort()]);
const sockets = new SharedSockets('127.0.0.1');
sockets.bind({ api, tls });
after(async () => {
  sockets.close();
  await rm(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function startStandIn(): ChildProcess {
  return fork(join(import.meta.dirname, 'stand-in.ts'), {
    env: {
      ...process.env,
      IMARA_PROFILE: 'local',
      DATABASE_URL: 'postgres://nobody@127.0.0.1/none',
      IMARA_SOCKET_FD: '4',
      IMARA_TLS_PORT: String(tls),
      IMARA_TLS_SOCKET_FD: '5',
      IMARA_TLS_CERTIFICATE: join(folder, 'cert'),
      IMARA_TLS_KEY: join(folder, 'key'),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...sockets.of('api')],
  });
}

/** `500.003.02`: the vendor's own status of it. */
const BUSY = '500';
const stop: ToChild = { type: 'stop', withinMs: 5_000 };

/** What a client is answered, or how its connection ends. */
function ask(): Promise<string> {
  return new Promise((resolve) => {
    request(
      { port: api, host: '127.0.0.1', path: '/oauth/v1/generate', agent: new Agent(), timeout: 30_000 },
      (response) => {
        response.resume().once('end', () => resolve(String(response.statusCode)));
      },
    )
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

test('told to stop while it loads, it takes nobody: who comes next answers', async (t) => {
  const early = startStandIn();
  t.after(() => void early.kill('SIGKILL'));
  early.send(stop);
  const [status] = await once(early, 'exit');
  assert.equal(status, 0);
  assert.equal(await ask(), 'ECONNREFUSED', 'nobody has listened on this socket');
});

test('when it is stopped, a connection that it has just taken is answered, not cut', async (t) => {
  const standIn = startStandIn();
  t.after(() => void standIn.kill('SIGKILL'));
  await until('it answers', async () => (await ask()) === BUSY, { everyMs: 20 });
  const early = connect(api, '127.0.0.1');
  await once(early, 'connect');
  // One queue, one reader: what came later is answered, so this one was taken.
  assert.equal(await ask(), BUSY);
  standIn.send(stop);
  const exit = once(standIn, 'exit');
  // Two heartbeats: the second is sent after the order was read.
  for (let beats = 0; beats < 2; beats += 1) await Promise.race([once(standIn, 'message'), exit]);
  early.end('GET /oauth/v1/generate HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let answer = '';
  for await (const chunk of early) answer += chunk;
  assert.match(answer, /^HTTP\/1.1 500 .*500\.003\.02/s);
  const [status] = await exit;
  assert.equal(status, 0);
});
