import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { TOKEN_SECRET } from '../../../test/auth/auth-client.ts';
import { signingKey, startPublisher } from '../../../test/auth/auth-publisher.ts';
import {
  type BrokenServer,
  brokenServer,
  closedPort,
  dnsServer,
  dripping,
  eventually,
  flooding,
  fullPort,
  grown,
  resources,
  saying,
  silent,
} from '../../../test/auth/broken-servers.ts';
import { Deadline } from '../../platform/deadline.ts';
import { checkAuthServer } from './check.ts';
import { createAuthClient } from './client.ts';
import { type AuthClientSettings, defaultAuthClientSettings } from './settings.ts';
import type { FailureCause } from './transport/failure.ts';

const log = pino({ level: 'silent' });
const clock = { now: () => Date.now() };
const key = signingKey();
const good = await startPublisher({ keys: [key] });
const authority = await generate([{ name: 'commonName', value: 'auth.example' }], {
  extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'auth.example' }] }],
});

/** One way for the authentication servers to be wrong: their address, and what a check of it must say. */
interface Fault {
  name: string;
  causes: FailureCause[];
  arrange: () => Promise<{ address: string; server?: BrokenServer; settings?: Partial<AuthClientSettings> }>;
}

async function broken(scheme: string, behave: Parameters<typeof brokenServer>[0]) {
  const server = await brokenServer(behave);
  return { address: `${scheme}://127.0.0.1:${server.port}`, server };
}

const faults: Fault[] = [
  {
    name: 'the name does not resolve',
    causes: ['name_not_found'],
    arrange: async () => {
      const dns = await dnsServer(() => 'nxdomain');
      return { address: 'http://auth.gone.example', settings: { dnsServers: [dns.address] } };
    },
  },
  {
    name: 'the resolver never answers',
    causes: ['resolver_timeout'],
    arrange: async () => {
      const dns = await dnsServer(() => undefined);
      return { address: 'http://auth.example', settings: { dnsServers: [dns.address] } };
    },
  },
  {
    name: 'the resolver never answers for a service',
    causes: ['resolver_timeout'],
    arrange: async () => {
      const dns = await dnsServer(() => undefined);
      return { address: 'http+srv://_auth._tcp.example', settings: { dnsServers: [dns.address] } };
    },
  },
  {
    name: 'the address is not an address',
    causes: ['invalid_address'],
    arrange: async () => ({ address: 'https://auth..example/tokens' }),
  },
  {
    name: 'the certificate authorities are not certificates',
    causes: ['invalid_settings'],
    arrange: async () => ({
      address: (await broken('https', silent)).address,
      settings: { certificateAuthorities: 'half a certificate' },
    }),
  },
  {
    name: 'the DNS server is not an address',
    causes: ['invalid_settings'],
    arrange: async () => ({ address: 'http://auth.example', settings: { dnsServers: ['dns.example'] } }),
  },
  {
    name: 'the connection is refused',
    causes: ['refused'],
    arrange: async () => ({ address: `http://127.0.0.1:${await closedPort()}` }),
  },
  {
    name: 'the connection is never accepted',
    causes: ['connect_timeout'],
    arrange: async () => ({ address: `http://127.0.0.1:${await fullPort()}` }),
  },
  {
    name: 'the connection is accepted and never answered',
    causes: ['headers_timeout'],
    arrange: () => broken('http', silent),
  },
  {
    name: 'the connection is reset',
    causes: ['connection_lost'],
    arrange: () => broken('http', (socket) => void socket.once('data', () => socket.resetAndDestroy())),
  },
  {
    name: 'TLS never finishes',
    causes: ['tls_timeout'],
    arrange: () => broken('https', silent),
  },
  {
    name: 'TLS is answered with something else',
    causes: ['tls_failed'],
    arrange: () => broken('https', saying('HTTP/1.1 400 Bad Request\r\n\r\n')),
  },
  {
    name: 'the certificate is of an authority we do not trust',
    causes: ['tls_certificate'],
    arrange: async () => {
      const tls = { key: authority.private, cert: authority.cert };
      return { address: (await startPublisher({ keys: [key], tls })).url };
    },
  },
  {
    name: 'the certificate names another server',
    causes: ['tls_certificate'],
    arrange: async () => {
      const tls = { key: authority.private, cert: authority.cert };
      const { url } = await startPublisher({ keys: [key], tls });
      return { address: url, settings: { certificateAuthorities: authority.cert } };
    },
  },
  {
    name: 'the headers never end',
    causes: ['headers_timeout'],
    arrange: () => broken('http', dripping('HTTP/1.1 200 OK\r\n', 'x-more: 1\r\n', 20)),
  },
  {
    name: 'the headers are huge',
    causes: ['not_http'],
    arrange: () => broken('http', saying(`HTTP/1.1 200 OK\r\nx-much: ${'a'.repeat(1_000_000)}\r\n\r\n{}`)),
  },
  {
    name: 'the body comes a byte at a time',
    causes: ['body_timeout'],
    arrange: () => broken('http', dripping('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{', ' ', 20)),
  },
  {
    name: 'the body stops half way',
    causes: ['connection_lost'],
    arrange: () => broken('http', saying('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{"keys":')),
  },
  {
    name: 'the body never ends',
    causes: ['too_large'],
    arrange: () => broken('http', flooding),
  },
  {
    name: 'the answer is garbage',
    causes: ['not_http'],
    arrange: () => broken('http', saying(randomBytes(10_000))),
  },
  {
    name: 'the body is garbage',
    causes: ['wrong_answer'],
    arrange: () => broken('http', saying('HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n<html></html')),
  },
  {
    name: 'the answer is a redirect',
    causes: ['wrong_answer'],
    arrange: () =>
      broken('http', saying(`HTTP/1.1 302 Found\r\nlocation: ${good.url}/\r\ncontent-length: 0\r\n\r\n`)),
  },
  {
    name: 'the body is compressed, unasked',
    causes: ['wrong_answer'],
    arrange: () => {
      const body = gzipSync(Buffer.alloc(1_000_000));
      const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
      return broken('http', saying(Buffer.concat([Buffer.from(head), body])));
    },
  },
  {
    name: 'the keys are of another environment',
    causes: ['wrong_issuer'],
    arrange: async () => {
      const other = await startPublisher({ keys: [signingKey()], issuer: 'imara-testing' });
      return { address: other.url };
    },
  },
];

for (const { name, causes, arrange } of faults) {
  test(`R1: ${name}: valid tokens verify at once, calls keep their deadline, nothing is left behind`, async () => {
    const { address, server, settings } = await arrange();
    const before = resources();
    let current: AuthClientSettings = {
      ...defaultAuthClientSettings,
      ...settings,
      // A busy machine must not make the good server one that is too slow.
      ...phases(5_000),
      hedgeAfterMs: 50,
      unknownKeyWaitMs: 5_000,
      keyRefreshSeconds: 0.02,
      revocationRefreshSeconds: 0.02,
      servers: [good.url],
    };
    const client = createAuthClient({
      settings: () => current,
      clock,
      log,
      tokenSecrets: [TOKEN_SECRET],
    });
    const seen = key.token();
    assert.equal((await client.verify(seen, Deadline.in(5_000))).ok, true);

    // From here on every server is at the faulty address; the client is not restarted.
    current = { ...current, ...phases(150), unknownKeyWaitMs: 50, servers: [address] };
    const calls = Array.from({ length: 100 }, () => timed(client.issue(anyone, Deadline.in(400))));
    for (let round = 0; round < 20; round += 1) {
      await new Promise(setImmediate);
      for (const token of [seen, key.token()]) {
        const verified = client.verify(token, Deadline.in(1_000));
        // Not a promise: it waited for nothing at all.
        assert.deepEqual('ok' in verified && verified.ok, true);
      }
    }
    for (const { result, tookMs } of await Promise.all(calls)) {
      assert.deepEqual(result, { ok: false, reason: 'unavailable' });
      assert.ok(tookMs < 400 + margin, `${tookMs} ms`);
    }
    const stranger = await timed(client.verify(signingKey().token(), Deadline.in(5_000)));
    assert.deepEqual(stranger.result, { ok: false, reason: 'unavailable' });
    assert.ok(stranger.tookMs < 50 + margin, `${stranger.tookMs} ms`);

    // A busy machine must not turn another cause into a phase that took too long.
    const late = causes.some((cause) => cause.endsWith('_timeout'));
    const checkSettings = late ? current : { ...current, ...phases(10_000) };
    const checked = await checkAuthServer(address, checkSettings, Deadline.in(20_000));
    assert.ok(!checked.ok && causes.includes(checked.cause), JSON.stringify(checked));

    await client.close();
    assert.ok(await eventually(() => grown(before).length === 0), grown(before).join(', '));
    if (server !== undefined)
      assert.ok(await eventually(() => server.open() === 0), `${server.open()} sockets`);
  });
}

const anyone = { consumerKey: 'key', consumerSecret: 'secret' };
/** Far above what a busy machine adds, far below what a call without a deadline takes. */
const margin = 2_000;

const phases = (ms: number) => ({
  resolveTimeoutMs: ms,
  connectTimeoutMs: ms,
  tlsTimeoutMs: ms,
  headersTimeoutMs: ms,
  bodyTimeoutMs: ms,
});

async function timed<T>(work: T | Promise<T>): Promise<{ result: Awaited<T>; tookMs: number }> {
  const startedAt = performance.now();
  return { result: await work, tookMs: performance.now() - startedAt };
}

after(() => good.stop());
