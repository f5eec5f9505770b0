import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { generate } from 'selfsigned';
import {
  closedPort,
  drip,
  nameServer,
  pour,
  type Receiver,
  receiver,
  tcpReceiver,
  tlsReceiver,
} from '../../../test/mpesa/nasty-receivers.ts';
import { until } from '../../../test/until.ts';
import { Deadline } from '../../platform/deadline.ts';
import { defaultDeliverySettings, type SendRules } from '../settings.ts';
import type { Outcome } from '../types.ts';
import { addressesInHostsFile } from './resolve.ts';
import { send } from './send.ts';

const local: SendRules = { ...defaultDeliverySettings, allowPrivateTargets: true, allowPlainHttp: true };
const body = '{"Body":{"stkCallback":{"ResultCode":0,"ResultDesc":"Sawa €"}}}';
const headers = { Businessshortcode: '174379' };

interface Attempt {
  outcome: Outcome;
  /** From the call to the outcome. */
  outcomeMs: number;
  /** From the call to the last socket. */
  totalMs: number;
}

async function attempt(url: string, rules: SendRules = local, timeoutMs = 5_000): Promise<Attempt> {
  const startedAt = performance.now();
  const outcomes: { outcome: Outcome; outcomeMs: number }[] = [];
  await send({ url, headers, body }, rules, Deadline.in(timeoutMs), (outcome) => {
    outcomes.push({ outcome, outcomeMs: performance.now() - startedAt });
  });
  const [first, ...more] = outcomes;
  assert.ok(first !== undefined && more.length === 0, 'an attempt has exactly one outcome');
  return { ...first, totalMs: performance.now() - startedAt };
}

async function allClosed({ connections }: Receiver): Promise<void> {
  await until('all sockets are closed', () => connections() === 0, { everyMs: 5 });
}

test('a callback arrives to the byte, with the headers and the path as documented', async () => {
  const shop = await receiver();
  const { outcome } = await attempt(`http://shop.localhost:${shop.port}/a/../pay//1?x=%7B&y#part`);
  assert.deepEqual(
    { ...outcome, durationMs: 0 },
    {
      kind: 'delivered',
      status: 200,
      address: '127.0.0.1',
      durationMs: 0,
      reason: null,
      response: null,
      retryAfter: null,
    },
  );
  const [got] = shop.received;
  assert.equal(got?.path, '/a/../pay//1?x=%7B&y');
  assert.equal(got?.body, body);
  assert.deepEqual(got?.headers, {
    businessshortcode: '174379',
    'content-type': 'application/json;charset=UTF-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    host: `shop.localhost:${shop.port}`,
  });
  await allClosed(shop);
});

for (const status of [200, 201, 202, 204, 299]) {
  test(`${status} is an acknowledgement`, async () => {
    const shop = await receiver((_request, response) => response.writeHead(status).end());
    const { outcome } = await attempt(`http://localhost:${shop.port}/`);
    assert.equal(outcome.kind, 'delivered');
    assert.equal(outcome.status, status);
  });
}

for (const status of [300, 400, 404, 410, 429, 500, 503]) {
  test(`${status} is none, and what it says is kept`, async () => {
    const shop = await receiver((_request, response) => {
      response.writeHead(status, { 'Retry-After': '7' }).end(`no\0 ${'x'.repeat(5_000)}`);
    });
    const { outcome } = await attempt(`http://localhost:${shop.port}/`);
    assert.equal(outcome.kind, 'rejected');
    assert.equal(outcome.status, status);
    assert.equal(outcome.reason, `HTTP ${status}`);
    assert.equal(outcome.retryAfter, '7');
    assert.equal(outcome.response, `no\ufffd ${'x'.repeat(1_020)}`);
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect by ${status} is not followed`, async () => {
    const inside = await receiver();
    const to = `http://127.0.0.1:${inside.port}/admin`;
    const shop = await receiver((_request, response) => response.writeHead(status, { Location: to }).end());
    const { outcome } = await attempt(`http://localhost:${shop.port}/`);
    assert.equal(outcome.kind, 'rejected');
    assert.equal(outcome.reason, `HTTP ${status} to ${to}, not followed`);
    assert.equal(inside.received.length, 0);
  });
}

// R1: each of these holds a connection for ever if it may.
const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
for (const [what, behave] of [
  ['accepts and says nothing', () => {}],
  ['answers its headers a byte at a time', (socket) => drip(socket, `${head}X-A: ${'a'.repeat(9_999)}`, 20)],
  ['says "continue" without end', (socket) => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(999), 1)],
] satisfies [string, Parameters<typeof tcpReceiver>[0]][]) {
  test(`R1: a receiver that ${what} is left at the deadline`, async () => {
    const nasty = await tcpReceiver(behave);
    const { outcome, totalMs } = await attempt(`http://localhost:${nasty.port}/`, local, 250);
    assert.equal(outcome.kind, 'timeout');
    assert.equal(outcome.reason, 'deadline passed while waiting for the answer');
    assert.equal(outcome.address, '127.0.0.1');
    assert.ok(totalMs < 5_000, `took ${totalMs} ms`);
    await allClosed(nasty);
  });
}

test('R1: an answer that came in time counts, though this process was stopped and hears it after the deadline', async () => {
  const deadlineMs = 2_000;
  const [mayAnswer, hasAnswered] = [0, 1];
  const gates = new Int32Array(new SharedArrayBuffer(8));
  const shop = new Worker(
    `const { parentPort, workerData: gates } = require('node:worker_threads');
    const server = require('node:http').createServer((request, response) => {
      parentPort.postMessage('asked');
      Atomics.wait(gates, ${mayAnswer}, 0);
      response.end(() => Atomics.notify(gates, Atomics.store(gates, ${hasAnswered}, 1)));
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: gates },
  );
  const [port] = await once(shop, 'message');
  const startedAt = performance.now();
  const attempting = attempt(`http://localhost:${port}/`, local, deadlineMs);
  await once(shop, 'message');
  Atomics.store(gates, mayAnswer, 1);
  Atomics.notify(gates, mayAnswer);
  Atomics.wait(gates, hasAnswered, 0, deadlineMs);
  // Stopped; when it goes on, its timer and the answer are both due.
  Atomics.wait(gates, hasAnswered, 1, startedAt + deadlineMs + 50 - performance.now());
  const { outcome } = await attempting;
  await shop.terminate();
  assert.equal(outcome.kind, 'delivered');
});

test('R1: a TLS handshake that is never answered is left at the deadline', async () => {
  const nasty = await tcpReceiver(() => {});
  const { outcome } = await attempt(`https://localhost:${nasty.port}/`, local, 250);
  assert.equal(outcome.kind, 'timeout');
  await allClosed(nasty);
});

test('R1: a body without end is left at the deadline; the acknowledgement before it counts at once', async () => {
  const nasty = await tcpReceiver((socket) => {
    socket.write(`${head}\r\n`);
    drip(socket, 'x'.repeat(9_999), 20);
  });
  const { outcome, outcomeMs, totalMs } = await attempt(`http://localhost:${nasty.port}/`, local, 1_500);
  assert.equal(outcome.kind, 'delivered');
  assert.ok(outcomeMs < totalMs, 'the outcome does not wait for the body');
  assert.ok(totalMs >= 1_400 && totalMs < 10_000, `took ${totalMs} ms`);
  await allClosed(nasty);
});

test('R1: an error page without end is left at the deadline, with what came of it', async () => {
  const nasty = await tcpReceiver((socket) => {
    socket.write('HTTP/1.1 500 Oops\r\n\r\nsorry');
  });
  const { outcome } = await attempt(`http://localhost:${nasty.port}/`, local, 400);
  assert.equal(outcome.kind, 'rejected');
  assert.equal(outcome.status, 500);
  assert.equal(outcome.response, 'sorry');
  await allClosed(nasty);
});

for (const status of [200, 500]) {
  test(`a body of 1 GB after a ${status} is cut`, async () => {
    let poured = 0;
    const nasty = await tcpReceiver((socket) => {
      socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: ${2 ** 30}\r\n\r\n`);
      pour(socket, Buffer.alloc(64 * 1024, 'x'));
      socket.on('close', () => {
        poured = socket.bytesWritten;
      });
    });
    const { outcome } = await attempt(`http://localhost:${nasty.port}/`);
    assert.equal(outcome.kind, status === 200 ? 'delivered' : 'rejected');
    await allClosed(nasty);
    // What the system's socket buffers took, and no more.
    assert.ok(poured < 64 * 2 ** 20, `${poured} bytes were taken`);
  });
}

for (const [what, behave] of [
  ['resets the connection', (socket) => socket.resetAndDestroy()],
  ['resets it after its headers began', (socket) => socket.write(head, () => socket.resetAndDestroy())],
  ['closes without an answer', (socket) => socket.end()],
  ['does not speak HTTP', (socket) => socket.end('220 mail.example ESMTP\r\n')],
  ['sends headers without end', (socket) => pour(socket, Buffer.from(`${head}X-A: ${'a'.repeat(65_536)}`))],
  [
    'switches protocols',
    (socket) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
  ],
] satisfies [string, Parameters<typeof tcpReceiver>[0]][]) {
  test(`a receiver that ${what} has not acknowledged`, async () => {
    const nasty = await tcpReceiver(behave);
    const { outcome } = await attempt(`http://localhost:${nasty.port}/`);
    assert.equal(outcome.kind, 'connection');
    assert.equal(outcome.status, null);
    assert.ok(outcome.reason !== null && outcome.reason !== '');
    await allClosed(nasty);
  });
}

test('nobody at the port: the reason names the address', async () => {
  const { outcome } = await attempt(`http://localhost:${await closedPort()}/`);
  assert.equal(outcome.kind, 'connection');
  assert.match(outcome.reason ?? '', /ECONNREFUSED 127\.0\.0\.1/);
});

const issued = await generate([{ name: 'commonName', value: 'shop.localhost' }], {
  keyType: 'ec',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'shop.localhost' }] },
  ],
});

test('HTTPS: the certificate is checked for the name, not for the address', async () => {
  const shop = await tlsReceiver({ key: issued.private, cert: issued.cert });
  const rules = { ...local, ca: issued.cert };
  const { outcome } = await attempt(`https://shop.localhost:${shop.port}/pay`, rules);
  assert.equal(outcome.kind, 'delivered', outcome.reason ?? '');
  assert.equal(shop.received[0]?.headers.host, `shop.localhost:${shop.port}`);

  const wrongName = await attempt(`https://other.localhost:${shop.port}/pay`, rules);
  assert.equal(wrongName.outcome.kind, 'connection');
  assert.match(wrongName.outcome.reason ?? '', /altnames/);

  const unknownIssuer = await attempt(`https://shop.localhost:${shop.port}/pay`);
  assert.equal(unknownIssuer.outcome.kind, 'connection');
  assert.match(unknownIssuer.outcome.reason ?? '', /self-signed|certificate/);
  assert.equal(shop.received.length, 1);
});

const nonsense = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----';
const wrongSettings: [what: string, url: string, setting: Partial<SendRules>, error: RegExp][] = [
  ['a name server that is no address', 'https://shop.example/', { dnsServers: ['nowhere'] }, /Invalid IP/],
  ['an authority that is no certificate', 'https://localhost/', { ca: nonsense }, /asn1/],
];
for (const [what, url, setting, error] of wrongSettings) {
  test(`${what} is our fault, not an outcome`, async () => {
    const sending = send({ url, headers, body }, { ...local, ...setting }, Deadline.in(5_000), () => {
      assert.fail('nothing was attempted');
    });
    await assert.rejects(sending, error);
  });
}

test('a name without an address', async () => {
  const dns = await nameServer(() => []);
  const { outcome } = await attempt('http://nobody.example/', { ...local, dnsServers: [dns] });
  assert.equal(outcome.kind, 'no_address');
  assert.equal(outcome.reason, 'name servers: ENOTFOUND');
});

test('R1: name servers that never answer are left at the deadline', async () => {
  const dns = await nameServer(() => undefined);
  const { outcome, totalMs } = await attempt('http://shop.example/', { ...local, dnsServers: [dns] }, 250);
  assert.equal(outcome.kind, 'no_answer');
  assert.equal(outcome.reason, 'deadline passed while resolving its name');
  assert.ok(totalMs < 5_000, `took ${totalMs} ms`);
});

test('a name server that is not there has not said that the name has no address', async () => {
  const rules = { ...local, dnsServers: [`127.0.0.1:${await closedPort()}`] };
  const { outcome } = await attempt('http://shop.example/', rules);
  assert.equal(outcome.kind, 'no_answer');
});

test('R1: a name server silent about one address family does not cost the delivery its deadline', async () => {
  const shop = await receiver();
  const dns = await nameServer((_name, type) => (type === 'A' ? ['127.0.0.1'] : undefined));
  const { outcome } = await attempt(`http://shop.example:${shop.port}/`, { ...local, dnsServers: [dns] });
  assert.equal(outcome.kind, 'delivered');
  assert.equal(shop.received[0]?.headers.host, `shop.example:${shop.port}`);
});

test('an address of the name that nobody listens at is passed over for the next', async () => {
  const shop = await receiver();
  const dns = await nameServer((_name, type) => (type === 'A' ? ['127.0.0.1'] : ['::1']));
  const { outcome } = await attempt(`http://shop.example:${shop.port}/`, { ...local, dnsServers: [dns] });
  assert.equal(outcome.kind, 'delivered');
  assert.equal(outcome.address, '127.0.0.1');
});

test('one bad address among the good refuses all, and nothing is connected to', async () => {
  const shop = await receiver();
  for (const [a, aaaa] of [
    [['127.0.0.1', '169.254.169.254'], []],
    [['127.0.0.1'], ['fe80::1']],
    [['127.0.0.1'], ['::ffff:127.0.0.1']],
  ]) {
    const dns = await nameServer((_name, type) => (type === 'A' ? a : aaaa));
    const { outcome } = await attempt(`http://shop.example:${shop.port}/`, { ...local, dnsServers: [dns] });
    assert.equal(outcome.kind, 'refused');
    assert.match(outcome.reason ?? '', /its address .* is not public/);
  }
  assert.equal(shop.connections(), 0);
  assert.equal(shop.received.length, 0);
});

test('a name that turns to another address after the check is not asked again', async () => {
  const shop = await receiver();
  let asked = 0;
  const dns = await nameServer((_name, type) => {
    if (type === 'AAAA') return [];
    asked += 1;
    return asked === 1 ? ['127.0.0.1'] : ['169.254.169.254'];
  });
  const rules = { ...local, dnsServers: [dns] };
  const first = await attempt(`http://rebind.example:${shop.port}/`, rules);
  assert.equal(first.outcome.kind, 'delivered');
  assert.equal(first.outcome.address, '127.0.0.1');
  assert.equal(asked, 1);
  const second = await attempt(`http://rebind.example:${shop.port}/`, rules);
  assert.equal(second.outcome.kind, 'refused');
});

test('live rules refuse this machine by name, by address and by what a name resolves to', async () => {
  const shop = await receiver();
  const dns = await nameServer((_name, type) => (type === 'A' ? ['127.0.0.1'] : []));
  const live: SendRules = {
    ...defaultDeliverySettings,
    allowPlainHttp: true,
    allowedPorts: [shop.port],
    dnsServers: [dns],
  };
  for (const host of [
    'localhost',
    'a.localhost',
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    'shop.example',
  ]) {
    const { outcome } = await attempt(`http://${host}:${shop.port}/`, live);
    assert.equal(outcome.kind, 'refused', host);
  }
  assert.equal(shop.received.length, 0);
});

test('a hosts file names addresses, with comments and aliases', () => {
  const text = `
    # 10.0.0.9 shop
    10.0.0.1\tshop shop.internal # front
    ::5 SHOP
    nonsense shop`;
  assert.deepEqual(addressesInHostsFile(text, 'shop'), ['10.0.0.1', '::5']);
  assert.deepEqual(addressesInHostsFile(text, 'shop.internal'), ['10.0.0.1']);
  assert.deepEqual(addressesInHostsFile(text, 'front'), []);
});
