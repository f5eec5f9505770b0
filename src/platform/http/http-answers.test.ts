import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerInOwnForm } from './http-answers.ts';

const server = createServer(
  { maxHeaderSize: 2_048, headersTimeout: 300, requestTimeout: 300, connectionsCheckingInterval: 50 },
  (request, response) => {
    request.resume().once('end', async () => {
      await sleep(20);
      response.end(JSON.stringify({ served: request.method }));
    });
  },
);
answerInOwnForm(server, (status, message) => JSON.stringify({ own: status, message }));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());

async function raw(bytes: string, { fin = false } = {}): Promise<[number, Record<string, unknown>]> {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  if (fin) socket.end(bytes);
  else socket.write(bytes);
  socket.on('end', () => socket.end());
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  return [Number(received.split(' ')[1]), JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4))];
}

test('what Node would answer by itself is answered in the form of the server', async () => {
  const cases: [bytes: string, status: number][] = [
    ['nonsense\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n', 400],
    ['GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(4_000)}\r\n\r\n`, 431],
    ['GET / HTTP/1.1\r\nHost:', 408],
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab', 408],
    ['CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405],
  ];
  for (const [bytes, status] of cases) {
    const [answered, body] = await raw(bytes);
    assert.deepEqual([answered, body.own], [status, status], bytes);
  }
});

test('a whole request gets its answer: its client may have closed its side, or expect what nobody knows', async () => {
  const get = 'GET / HTTP/1.1\r\nHost: x\r\n';
  assert.deepEqual(await raw(`${get}\r\n`, { fin: true }), [200, { served: 'GET' }]);
  assert.deepEqual(await raw(`${get}Expect: wonders\r\nConnection: close\r\n\r\n`), [200, { served: 'GET' }]);
  assert.deepEqual(await raw('GET / HTTP/1.0\r\n\r\n'), [200, { served: 'GET' }]);
});
