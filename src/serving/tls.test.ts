import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { after, test } from 'node:test';
import { generate } from 'selfsigned';
import { listenTls } from './tls.ts';

const name = 'sandbox.safaricom.co.ke';
const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
});
const server = createServer((_request, response) => response.end('over TLS'));
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
