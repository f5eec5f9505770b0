import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { generate } from 'selfsigned';
import { allowHalfClosed } from '../platform/http/http-answers.ts';
import { listenTls } from './tls.ts';

const name = 'sandbox.safaricom.co.ke';
const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
});
const server = createServer((_request, response) => void setTimeout(() => response.end('over TLS'), 20));
allowHalfClosed(server);
const port = await freePort();
const listener = await listenTls(server, {
  host: '127.0.0.1',
  port,
  certificate: cert,
  key,
  maxConnections: 10,
});
after(async () => {
  server.closeAllConnections();
  await listener.close();
});

test("a client with the vendor's host built in is served under that name", async () => {
  const asked = request({
    host: name,
    port,
    ca: cert,
    agent: false,
    lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
  }).end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  assert.equal(body, 'over TLS');
});

test('a client that closes its side after a whole request gets its answer over TLS too', async () => {
  const halfOpen = { host: '127.0.0.1', port, servername: name, ca: cert, allowHalfOpen: true };
  const socket = connect(halfOpen);
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket.on('end', () => socket.end());
  await once(socket, 'secureConnect');
  socket.end(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  assert.match(received, /^HTTP\/1.1 200 OK[\s\S]*over TLS/);
});

test('a client that does not trust the certificate is told so', async () => {
  const plain = request({ host: '127.0.0.1', port, rejectUnauthorized: true, agent: false }).end();
  const [error] = await once(plain, 'error');
  assert.match(String(error), /certificate/i);
});

async function freePort(): Promise<number> {
  const probe = createNetServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
  await new Promise((resolve) => probe.close(resolve));
  return address.port;
}
