import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes } from '../../../../test/auth/auth-client.ts';
import { dnsServer, eventually } from '../../../../test/auth/broken-servers.ts';
import { Deadline } from '../../../platform/deadline.ts';
import { parseServerAddress, type ServerAddress } from './address.ts';
import { createResolver } from './resolver.ts';

const soon = () => Deadline.in(20_000);

function address(text: string): ServerAddress {
  const parsed = parseServerAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

test('addresses are read to the letter', () => {
  assert.deepEqual(address('https://10.0.0.1:8443'), {
    kind: 'ip',
    secure: true,
    ip: '10.0.0.1',
    port: 8_443,
  });
  assert.deepEqual(address('http://[::1]'), { kind: 'ip', secure: false, ip: '::1', port: 80 });
  assert.deepEqual(address('https://Auth.Example/'), {
    kind: 'host',
    secure: true,
    name: 'auth.example',
    port: 443,
  });
  assert.deepEqual(address('https+srv://_auth._tcp.example'), {
    kind: 'srv',
    secure: true,
    name: '_auth._tcp.example',
  });
  const wrong = [
    '',
    'auth.example',
    'ftp://a',
    'http://',
    'http://a..b',
    'http://-a',
    'http://a:0',
    'http://a:70000',
  ];
  const unlike = [
    'http://a/path',
    'http://u@a',
    'http://127.1',
    'http://0x7f.1',
    'http://300.1.1.1',
    'http://[x]',
  ];
  for (const text of [...wrong, ...unlike, 'http+srv://a:1', `http://${'a'.repeat(64)}`, 'http://a b']) {
    assert.equal(parseServerAddress(text), undefined, text);
  }
});

test('a known name is answered at once from stale addresses while the resolver is silent', async () => {
  let address4: string | undefined = '10.1.2.3';
  const dns = await dnsServer(({ name }) =>
    address4 === undefined ? undefined : [{ type: 'A', name, ttl: 30, data: address4 }],
  );
  let now = 0;
  const settings = { dnsServers: [dns.address], resolveTimeoutMs: 10_000 };
  const { resolve } = createResolver({ settings: () => settings, clock: { now: () => now } });
  const host = address('http://auth.example');
  const found = async (deadline = Deadline.in(20_000)) => {
    const outcome = await resolve(host, deadline);
    return outcome.ok ? outcome.endpoints.map(({ ip }) => ip).join() : outcome.cause;
  };
  assert.equal(await found(), '10.1.2.3');
  now = 20_000;
  await found();
  assert.equal(dns.asked.length, 1, 'fresh: nobody is asked');

  now = 25_000;
  address4 = '10.1.2.4';
  // Past 80 % of its life the old address is still given, and the new one is asked for behind it.
  assert.equal(await found(), '10.1.2.3');
  await becomes('10.1.2.4', found);

  address4 = undefined;
  settings.resolveTimeoutMs = 100;
  now = 23 * 3_600_000;
  // No time at all is left for waiting, and none is needed.
  assert.equal(await found(Deadline.in(0)), '10.1.2.4');
  now = 48 * 3_600_000;
  assert.equal(await found(), 'resolver_timeout');
});

test('however many wait for a name, it is asked once; a name that failed rests for a second', async () => {
  const dns = await dnsServer(() => 'nxdomain');
  let now = 0;
  const settings = { dnsServers: [dns.address], resolveTimeoutMs: 10_000 };
  const { resolve } = createResolver({ settings: () => settings, clock: { now: () => now } });
  const host = address('http://gone.example');
  const outcomes = await Promise.all(Array.from({ length: 500 }, () => resolve(host, soon())));
  for (const outcome of outcomes) assert.equal(!outcome.ok && outcome.cause, 'name_not_found');
  assert.equal(dns.asked.length, 1);
  await resolve(host, soon());
  assert.equal(dns.asked.length, 1);
  now = 1_500;
  await resolve(host, soon());
  assert.equal(dns.asked.length, 2);
});

test('R1: a resolver whose queries never settle is given up at its own time and at the caller’s', async () => {
  const never = () => new Promise<never>(() => {});
  let cancelled = 0;
  const { resolve } = createResolver({
    settings: () => ({ dnsServers: [], resolveTimeoutMs: 500 }),
    clock: { now: () => 0 },
    queries: () => ({ resolve4: never, resolve6: never, resolveSrv: never, cancel: () => void cancelled++ }),
  });
  for (const deadlineMs of [20_000, 250]) {
    const outcome = await resolve(address(`http://auth${deadlineMs}.example`), Deadline.in(deadlineMs));
    assert.equal(!outcome.ok && outcome.cause, 'resolver_timeout');
  }
  assert.ok(await eventually(() => cancelled === 2), 'both lookups were cancelled');
});

test('a service gives its targets by priority; one that does not resolve spoils nothing', async () => {
  const targets = [
    { target: 'second.example', port: 2, priority: 20, weight: 1 },
    { target: 'first.example', port: 1, priority: 10, weight: 1 },
    { target: 'gone.example', port: 3, priority: 5, weight: 1 },
  ];
  const dns = await dnsServer(({ name, type }) => {
    if (type === 'SRV') return targets.map((data) => ({ type, name, ttl: 60, data }));
    if (name === 'gone.example') return 'nxdomain';
    if (name === 'second.example') return type === 'AAAA' ? [{ type, name, ttl: 60, data: '::2' }] : [];
    return type === 'A' ? [{ type, name, ttl: 60, data: '10.0.0.1' }] : [];
  });
  const settings = { dnsServers: [dns.address], resolveTimeoutMs: 10_000 };
  const { resolve } = createResolver({ settings: () => settings, clock: { now: () => 0 } });
  const outcome = await resolve(address('https+srv://_auth._tcp.example'), soon());
  assert.deepEqual(outcome, {
    ok: true,
    endpoints: [
      { secure: true, ip: '10.0.0.1', port: 1, name: 'first.example' },
      { secure: true, ip: '::2', port: 2, name: 'second.example' },
    ],
  });
});

test('localhost is loopback without asking anyone', async () => {
  const { resolve } = createResolver({
    settings: () => ({ dnsServers: ['127.0.0.1:1'], resolveTimeoutMs: 100 }),
    clock: { now: () => 0 },
  });
  const outcome = await resolve(address('http://localhost:8080'), soon());
  assert.equal(outcome.ok && outcome.endpoints[0]?.ip, '127.0.0.1');
});
