import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Registry } from 'prom-client';
import { generate } from 'selfsigned';
import { becomes, never, soon, startClient } from '../../../test/auth/auth-client.ts';
import { signingKey, startPublisher } from '../../../test/auth/auth-publisher.ts';
import {
  brokenServer,
  closedPort,
  dnsServer,
  eventually,
  grown,
  relayTo,
  resources,
  silent,
} from '../../../test/auth/broken-servers.ts';
import { Deadline } from '../../platform/deadline.ts';

const anyone = { consumerKey: 'key', consumerSecret: 'secret' };

for (const [part, outside] of Object.entries({
  resolver: { resolver: { resolve: never } },
  transport: { transport: { exchange: never, close: () => {} } },
  'disk under the seed': { seed: { read: never, write: never } },
})) {
  test(`R1: with a ${part} that never answers and heeds no signal, every call keeps its deadline`, async (t) => {
    const { client } = startClient(t, { servers: ['http://127.0.0.1:9'] }, { outside });
    const startedAt = performance.now();
    const token = signingKey().token();
    const results = await Promise.all([
      ...Array.from({ length: 50 }, () => client.issue(anyone, Deadline.in(100))),
      ...Array.from({ length: 50 }, () => client.verify(token, Deadline.in(100))),
    ]);
    assert.ok(performance.now() - startedAt < 2_000);
    for (const result of results) assert.deepEqual(result, { ok: false, reason: 'unavailable' });
  });
}

test('one server hangs: the other is asked beside it, and the first attempt leaves no socket', async (t) => {
  const key = signingKey();
  const hung = await brokenServer(silent);
  const good = await startPublisher({ keys: [key] });
  const { client } = startClient(t, {
    servers: [`http://127.0.0.1:${hung.port}`, good.url],
    hedgeAfterMs: 20,
    keyRefreshSeconds: 600,
    revocationRefreshSeconds: 600,
  });
  for (let call = 0; call < 20; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
  assert.ok(await eventually(() => hung.open() === 0));
});

test('a kept connection that the server resets at its next use fails no call', async (t) => {
  const body = JSON.stringify({
    access_token: signingKey().token(),
    expires_in: 3_599,
    issuer: 'imara',
  });
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  let connections = 0;
  const { port } = await brokenServer((socket) => {
    connections += 1;
    socket.once('data', () => {
      socket.write(answer);
      socket.once('data', () => socket.resetAndDestroy());
    });
  });
  const { client } = startClient(t, {
    servers: [`http://127.0.0.1:${port}`],
    keyRefreshSeconds: 600,
    revocationRefreshSeconds: 600,
  });
  for (let call = 0; call < 10; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
  assert.ok(connections >= 5);
});

test('what the client does can be read from its metrics', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const metrics = new Registry();
  const { client, outcome } = startClient(t, { servers: [good.url] }, { metrics });
  await client.issue(anyone, soon());
  assert.equal(await outcome(key.token()), 'ok');
  assert.equal(await outcome('nonsense'), 'malformed');
  const text = await metrics.metrics();
  assert.match(text, /^auth_verifications_total{outcome="accepted"} 1$/m);
  assert.match(text, /^auth_verifications_total{outcome="malformed"} 1$/m);
  assert.match(text, /^auth_attempts_total{outcome="answered"} [1-9]/m);
  assert.match(text, /^auth_issue_duration_seconds_count 1$/m);
  assert.match(text, /^auth_keyset_age_seconds [0-9.]+$/m);
});

test('a server that flaps beside a good one fails no call', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  let turn = 0;
  const flapping = await brokenServer((socket) => {
    turn += 1;
    if (turn % 2 === 0) silent(socket);
    else socket.once('data', () => socket.resetAndDestroy());
  });
  const { client, outcome } = startClient(t, {
    servers: [`http://127.0.0.1:${flapping.port}`, good.url],
    hedgeAfterMs: 20,
  });
  const token = key.token();
  for (let call = 0; call < 50; call += 1) {
    assert.equal((await client.issue(anyone, soon())).ok, true);
    assert.equal(await outcome(token), 'ok');
  }
});

test('a server that is out is passed over until a probe finds it well', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  let connections = 0;
  const dead = await brokenServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const { client } = startClient(t, {
    servers: [`http://127.0.0.1:${dead.port}`, good.url],
    keyRefreshSeconds: 600,
    revocationRefreshSeconds: 600,
  });
  for (let call = 0; call < 100; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
  assert.ok(connections < 20, `${connections} connections to a dead server`);
});

test('a server that came back is asked before its next probe when the others have gone', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const [first, second] = await Promise.all([relayTo(good.url), relayTo(good.url)]);
  const { client } = startClient(t, {
    servers: [`http://127.0.0.1:${first.port}`, `http://127.0.0.1:${second.port}`],
    keyRefreshSeconds: 600,
    revocationRefreshSeconds: 600,
  });
  first.down(true);
  for (let call = 0; call < 40; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
  first.down(false);
  second.down(true);
  for (let call = 0; call < 40; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
});

test('addresses are swapped under a running client', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { client, set, outcome } = startClient(t, { servers: [`http://127.0.0.1:${await closedPort()}`] });
  assert.deepEqual(await client.issue(anyone, soon()), { ok: false, reason: 'unavailable' });
  set({ servers: [good.url] });
  assert.equal((await client.issue(anyone, soon())).ok, true);
  await becomes('ok', () => outcome(key.token()));
});

test('R1: 1,000 calls at once to a silent server settle together and leave neither sockets nor memory', async (t) => {
  const hung = await brokenServer(silent);
  const before = resources();
  const { client } = startClient(t, { servers: [`http://127.0.0.1:${hung.port}`], keyRefreshSeconds: 600 });
  const flood = () =>
    Promise.all(Array.from({ length: 1_000 }, () => client.issue(anyone, Deadline.in(100))));
  const quiet = () => eventually(() => hung.open() === 0);
  await flood();
  await quiet();
  const heapBefore = collectedHeapBytes();
  for (let round = 0; round < 3; round += 1) {
    for (const result of await flood()) assert.equal(result.ok, false);
  }
  await quiet();
  const growth = () => collectedHeapBytes() - heapBefore;
  assert.ok(await eventually(() => growth() < 5_000_000), `the heap grew by ${growth()} bytes`);
  await client.close();
  assert.ok(await eventually(() => hung.open() === 0), `${hung.open()} sockets`);
  assert.ok(await eventually(() => grown(before).length === 0), grown(before).join(', '));
});

function collectedHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  return process.memoryUsage().heapUsed;
}

test('TLS: a server is reached by name, by service and by address when its certificate names it', async (t) => {
  const key = signingKey();
  const pem = await generate([{ name: 'commonName', value: 'auth.example' }], {
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'auth.example' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const good = await startPublisher({ keys: [key], tls: { key: pem.private, cert: pem.cert } });
  const dns = await dnsServer(({ name, type }) => {
    if (type === 'A' && name === 'auth.example') return [{ type, name, ttl: 60, data: '127.0.0.1' }];
    if (type !== 'SRV' || name !== '_auth._tcp.example') return 'nxdomain';
    return [{ type, name, ttl: 60, data: { target: 'auth.example', port: good.port } }];
  });
  for (const server of [good.url, `https://auth.example:${good.port}`, 'https+srv://_auth._tcp.example']) {
    const { client } = startClient(t, {
      servers: [server],
      dnsServers: [dns.address],
      certificateAuthorities: pem.cert,
    });
    assert.equal((await client.issue(anyone, soon())).ok, true, server);
  }
});
