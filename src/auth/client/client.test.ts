import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { generate } from 'selfsigned';
import { signingKey, startPublisher } from '../../../test/auth-publisher.ts';
import {
  brokenServer,
  closedPort,
  dnsServer,
  eventually,
  grown,
  resources,
  silent,
} from '../../../test/broken-servers.ts';
import { Deadline } from '../../platform/deadline.ts';
import { type AuthClientOptions, createAuthClient } from './client.ts';
import { type AuthClientSettings, defaultAuthClientSettings } from './settings.ts';
import type { Verification } from './types.ts';

const log = pino({ level: 'silent' });
const anyone = { consumerKey: 'key', consumerSecret: 'secret' };
const soon = () => Deadline.in(5_000);
const never = () => new Promise<never>(() => {});

/** A client whose settings and clock the test changes while it runs. */
function start(
  t: TestContext,
  first: Partial<AuthClientSettings>,
  options: Pick<AuthClientOptions, 'metrics' | 'seedPath' | 'outside'> = {},
) {
  let settings: AuthClientSettings = {
    ...defaultAuthClientSettings,
    keyRefreshSeconds: 0.03,
    revocationRefreshSeconds: 0.03,
    ...first,
  };
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs };
  const client = createAuthClient({ settings: () => settings, clock, log, ...options });
  t.after(() => client.close());
  return {
    client,
    set: (change: Partial<AuthClientSettings>) => {
      settings = { ...settings, ...change };
    },
    advanceSeconds: (seconds: number) => {
      aheadMs += seconds * 1_000;
    },
    outcome: async (token: string) => outcomeOf(await client.verify(token, soon())),
  };
}

const outcomeOf = (result: Verification) => (result.ok ? 'ok' : result.reason);

async function becomes(wanted: string, outcome: () => Promise<string>): Promise<void> {
  let last = '';
  const poll = async () => {
    last = await outcome();
    return last === wanted;
  };
  const end = performance.now() + 5_000;
  while (!(await poll()) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(last, wanted);
}

for (const [part, outside] of Object.entries({
  resolver: { resolver: { resolve: never } },
  transport: { transport: { exchange: never, close: () => {} } },
  'disk under the seed': { seed: { read: never, write: never } },
})) {
  test(`R1: with a ${part} that never answers and heeds no signal, every call keeps its deadline`, async (t) => {
    const { client } = start(t, { servers: ['http://127.0.0.1:9'] }, { outside });
    const startedAt = performance.now();
    const token = await signingKey().token();
    const results = await Promise.all([
      ...Array.from({ length: 50 }, () => client.issue(anyone, Deadline.in(100))),
      ...Array.from({ length: 50 }, () => client.verify(token, Deadline.in(100))),
    ]);
    assert.ok(performance.now() - startedAt < 2_000);
    for (const result of results) assert.deepEqual(result, { ok: false, reason: 'unavailable' });
  });
}

test('R12: of more callers than may wait for an unknown key, the last is answered at once', async (t) => {
  const outside = { transport: { exchange: never, close: () => {} } };
  const { client } = start(t, { servers: ['http://127.0.0.1:9'], unknownKeyWaitMs: 1_000 }, { outside });
  const token = await signingKey().token();
  const waiting = Array.from({ length: 1_000 }, () => client.verify(token, soon()));
  const last = await Promise.race([client.verify(token, soon()), Promise.race(waiting).then(() => 'waited')]);
  assert.deepEqual(last, { ok: false, reason: 'unavailable' });
  await Promise.all(waiting);
});

test('one server hangs: the other is asked beside it, and the first attempt leaves no socket', async (t) => {
  const key = signingKey();
  const hung = await brokenServer(silent);
  const good = await startPublisher({ keys: [key] });
  const { client } = start(t, {
    servers: [`http://127.0.0.1:${hung.port}`, good.url],
    hedgeAfterMs: 20,
    keyRefreshSeconds: 600,
    revocationRefreshSeconds: 600,
  });
  for (let call = 0; call < 20; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
  assert.ok(await eventually(() => hung.open() === 0));
});

test('a kept connection that the server resets at its next use fails no call', async (t) => {
  const body = JSON.stringify({ access_token: await signingKey().token(), expires_in: 3_599 });
  const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  let connections = 0;
  const { port } = await brokenServer((socket) => {
    connections += 1;
    socket.once('data', () => {
      socket.write(answer);
      socket.once('data', () => socket.resetAndDestroy());
    });
  });
  const { client } = start(t, {
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
  const { client, outcome } = start(t, { servers: [good.url] }, { metrics });
  await client.issue(anyone, soon());
  assert.equal(await outcome(await key.token()), 'ok');
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
  const { client, outcome } = start(t, {
    servers: [`http://127.0.0.1:${flapping.port}`, good.url],
    hedgeAfterMs: 20,
  });
  const token = await key.token();
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
  const { client } = start(t, {
    servers: [`http://127.0.0.1:${dead.port}`, good.url],
    keyRefreshSeconds: 600,
    revocationRefreshSeconds: 600,
  });
  for (let call = 0; call < 100; call += 1) assert.equal((await client.issue(anyone, soon())).ok, true);
  assert.ok(connections < 20, `${connections} connections to a dead server`);
});

test('addresses are swapped under a running client', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { client, set } = start(t, { servers: [`http://127.0.0.1:${await closedPort()}`] });
  assert.deepEqual(await client.issue(anyone, soon()), { ok: false, reason: 'unavailable' });
  set({ servers: [good.url] });
  assert.equal((await client.issue(anyone, soon())).ok, true);
  await becomes('ok', async () => outcomeOf(await client.verify(await key.token(), soon())));
});

test('R1: 1,000 calls at once to a silent server settle together and leave neither sockets nor memory', async (t) => {
  const hung = await brokenServer(silent);
  const before = resources();
  const { client } = start(t, { servers: [`http://127.0.0.1:${hung.port}`], keyRefreshSeconds: 600 });
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

test('unknown key ids ask the servers once, whatever the traffic', async (t) => {
  const good = await startPublisher({ keys: [signingKey()] });
  const { client } = start(t, { servers: [good.url], keyRefreshSeconds: 600 });
  await becomes('unknown_key', async () =>
    outcomeOf(await client.verify(await signingKey().token(), soon())),
  );
  const asked = good.asked.keys;
  for (let round = 0; round < 5; round += 1) {
    const strangers = await Promise.all(Array.from({ length: 100 }, () => signingKey().token()));
    const results = await Promise.all(strangers.map((token) => client.verify(token, soon())));
    for (const result of results) assert.deepEqual(result, { ok: false, reason: 'unknown_key' });
  }
  assert.equal(good.asked.keys, asked);
});

test('a new key is taken over in the background, an old one goes when it is no longer published', async (t) => {
  const [old, next] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [old] });
  const { outcome } = start(t, { servers: [good.url] });
  const token = await old.token();
  assert.equal(await outcome(token), 'ok');
  good.published.keys = [old, next];
  const newer = await next.token();
  await becomes('ok', () => outcome(newer));
  good.published.keys = [next];
  await becomes('unknown_key', () => outcome(token));
});

test('keys that share none with those known are kept beside them: a wrong server ends no token', async (t) => {
  const [ours, theirs] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [ours] });
  const { outcome } = start(t, { servers: [good.url] });
  const token = await ours.token();
  assert.equal(await outcome(token), 'ok');
  good.published.keys = [theirs];
  const other = await theirs.token();
  await becomes('ok', () => outcome(other));
  assert.equal(await outcome(token), 'ok');
});

test('R8: all servers gone for longer than the keys are kept fresh: tokens verify until the keys are stale, and again once a server is back', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { outcome, set, advanceSeconds } = start(t, { servers: [good.url], unknownKeyWaitMs: 20 });
  const token = await key.token({ livesSeconds: 86_400 });
  assert.equal(await outcome(token), 'ok');
  set({ servers: [`http://127.0.0.1:${await closedPort()}`], keyStaleSeconds: 7_200 });
  advanceSeconds(3_600);
  assert.equal(await outcome(token), 'ok');
  advanceSeconds(3_700);
  assert.equal(await outcome(token), 'unavailable');
  set({ servers: [good.url] });
  await becomes('ok', () => outcome(token));
});

test('clocks that differ within the leeway fail no token', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { outcome, advanceSeconds } = start(t, { servers: [good.url], clockLeewaySeconds: 30 });
  const now = Date.now() / 1_000;
  const aheadServers = await key.token({ issuedAt: now + 600 });
  const behindServers = await key.token({ issuedAt: now - 3_620 });
  assert.equal(await outcome(aheadServers), 'ok');
  assert.equal(await outcome(behindServers), 'ok');
  advanceSeconds(20);
  assert.equal(await outcome(behindServers), 'expired');
});

test('R8: a client boots with every server gone and verifies with the keys on disk', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const seedPath = join(await mkdtemp(join(tmpdir(), 'imara-auth-')), 'keys.json');
  const token = await key.token();
  const first = start(t, { servers: [good.url] }, { seedPath });
  assert.equal(await first.outcome(token), 'ok');
  await becomes('written', async () =>
    (await readFile(seedPath, 'utf8').catch(() => '')) === '' ? '' : 'written',
  );
  await first.client.close();

  const gone = [`http://127.0.0.1:${await closedPort()}`];
  const second = start(t, { servers: gone }, { seedPath });
  assert.equal(await second.outcome(token), 'ok');
  const elsewhere = start(t, { servers: gone, issuer: 'imara-testing' }, { seedPath });
  assert.notEqual(await elsewhere.outcome(await key.token({ issuer: 'imara-testing' })), 'ok');
  await writeFile(seedPath, 'half a fi');
  const spoiled = start(t, { servers: gone }, { seedPath });
  assert.equal(await spoiled.outcome(token), 'unavailable');
});

test('a revoked token is refused once the list is read, and an older list does not bring it back', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { outcome } = start(t, { servers: [good.url] });
  const now = Date.now() / 1_000;
  const [one, old, recent] = await Promise.all([
    key.token({ id: 'stolen' }),
    key.token({ app: 'app-2', issuedAt: now - 60 }),
    key.token({ app: 'app-2', issuedAt: now }),
  ]);
  for (const token of [one, old, recent]) assert.equal(await outcome(token), 'ok');
  good.published.revocations = { version: 7, tokens: ['stolen'], apps: { 'app-2': now - 1 } };
  await becomes('revoked', () => outcome(one));
  assert.equal(await outcome(old), 'revoked');
  assert.equal(await outcome(recent), 'ok');

  good.published.revocations = { version: 6, tokens: [], apps: {} };
  const asked = good.asked.revocations;
  assert.ok(await eventually(() => good.asked.revocations > asked + 2));
  assert.equal(await outcome(one), 'revoked');
});

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
    const { client } = start(t, {
      servers: [server],
      dnsServers: [dns.address],
      certificateAuthorities: pem.cert,
    });
    assert.equal((await client.issue(anyone, soon())).ok, true, server);
  }
});
