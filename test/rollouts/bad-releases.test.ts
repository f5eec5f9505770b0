import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { generate } from 'selfsigned';
import type { JsonObject } from '../../src/config/canonical.ts';
import type { Rollout } from '../../src/control/contract/resources/releases/rollout.ts';
import { signingKey, startPublisher } from '../auth/auth-publisher.ts';
import { brokenServer, closedPort, relayTo, saying, silent } from '../auth/broken-servers.ts';
import { here, production, startLoadedStack } from '../stack/loaded-stack.ts';
import { quickRollouts } from '../stack/stack.ts';
import { until } from '../until.ts';

// Bad releases on the whole of Imara under steady load: which layer stops each, and how many requests it
// fails. Those that need a service whose code can be made to misbehave are in `bad-service.test.ts`; the
// table of both is docs/explanation/bad-releases.md.

const { rollouts, ...quick } = quickRollouts;
// The bake is waited in for an address to stop answering.
const { operator, load, at } = await startLoadedStack({
  ...quick,
  rollouts: { ...rollouts, bake: { minMs: 30_000 } },
});

const authAt = (...servers: string[]) => production({ auth: { servers } });
const auth = { first: at(10), second: at(11), testing: at(20) };

/** Pushes it under load; returns how its rollout ended, and what clients were answered meanwhile. */
async function under(change: JsonObject): Promise<{ rollout: Rollout; answered: number; failed: string[] }> {
  const before = load.answers.ok;
  load.answers.failed.length = 0;
  const rollout = await operator.pushed(change);
  await until('requests go on', () => load.answers.ok > before + 20);
  return {
    rollout,
    answered: load.answers.ok - before,
    failed: load.answers.failed.map(({ what }) => what),
  };
}

const http = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';
const shop = await brokenServer(saying(http));
const mute = await brokenServer(silent);
const { private: key, cert } = await generate([{ name: 'commonName', value: 'elsewhere.example' }]);
const elsewhere = createServer({ key, cert }, (_, response) => response.end('{}')).listen(0, '127.0.0.1');
await once(elsewhere, 'listening');
after(() => elsewhere.close());

const [foreign, foreignInTesting] = await Promise.all(
  ['imara-production', 'imara-testing'].map((issuer) => startPublisher({ keys: [signingKey()], issuer })),
);
assert.ok(foreign && foreignInTesting);

const tasted: { name: string; change: JsonObject; because: RegExp }[] = [
  {
    name: 'authentication address: a name that does not resolve',
    change: authAt('http://auth.invalid:8443'),
    because: /auth\.servers\[0\]: (name_not_found|resolver_unavailable)/,
  },
  {
    name: 'authentication address: a port that refuses',
    change: authAt(here(await closedPort())),
    because: /auth\.servers\[0\]: refused/,
  },
  {
    name: 'authentication address: one that accepts and never answers',
    change: authAt(here(mute.port)),
    because: /auth\.servers\[0\]: .*(time|deadline)/,
  },
  {
    name: 'authentication address: a server with the wrong certificate',
    change: production({
      auth: {
        servers: [`https://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`],
        certificateAuthorities: cert,
        // A starved machine takes long to shake hands, and that is another cause.
        tlsTimeoutMs: 2_000,
        attemptTimeoutMs: 2_900,
      },
    }),
    because: /auth\.servers\[0\]: tls_certificate/,
  },
  {
    name: 'authentication address: a healthy server that is not an authentication server',
    change: authAt(here(shop.port)),
    because: /auth\.servers\[0\]: /,
  },
  {
    name: 'authentication address: a second server with foreign keys',
    change: authAt(auth.first, foreign.url),
    because: /auth\.servers\[1\]: foreign_keys/,
  },
  {
    name: 'authentication address: a second server with foreign keys, in testing',
    change: { environments: { testing: { auth: { servers: [auth.testing, foreignInTesting.url] } } } },
    because: /testing.* auth\.servers\[1\]: foreign_keys/,
  },
  {
    name: 'a schema-valid value that crashes the reader',
    change: production({ delivery: { dnsServers: ['nowhere'] } }),
    because: /delivery\.dnsServers/,
  },
  {
    name: 'a quota so low that payments are refused',
    change: production({ serving: { quota: { spikePerSecond: 1, spikeBurst: 1 } } }),
    because: /serving: a synthetic payment does not work with it/,
  },
];

for (const { name, change, because } of tasted) {
  test(`R3: ${name}: the taste, no request fails`, async (t) => {
    const { rollout, answered, failed } = await under(change);
    t.diagnostic(`${rollout.because}; ${answered} answered, ${failed.length} failed`);
    assert.equal(rollout.phase, 'rolled_back');
    assert.match(rollout.because ?? '', because);
    assert.deepEqual(failed, []);
  });
}

test('R3: a limit of zero: the schema, at the push, no request fails', async () => {
  load.answers.failed.length = 0;
  await assert.rejects(
    operator.push(production({ serving: { product: { maxInFlight: 0 } } })),
    /serving\.product\.maxInFlight/,
  );
  assert.deepEqual(load.answers.failed, []);
});

test('R4: an authentication server that answers, then stops after 20 s: late NACK or probes, no payment fails', async (t) => {
  const relay = await relayTo(auth.first);
  const reached = { servers: [here(relay.port)], revocationRefreshSeconds: 1 };
  const began = performance.now();
  load.answers.failed.length = 0;
  const { id } = await operator.push(production({ auth: reached }));
  // Every taste but the held back's has been made: nothing but use can tell that it stops.
  await until(
    'the bake has begun, 20 s and more after the first answer',
    async () => {
      const { phase, because, instances } = await operator.find(id);
      assert.notEqual(phase, 'rolled_back', because ?? '');
      const baked = phase === 'bake' && instances.production.offered === undefined;
      return baked && performance.now() - began > 20_000;
    },
    { deadlineMs: 120_000, everyMs: 250 },
  );
  relay.down(true);
  const { phase, because } = await operator.ended(id);
  const { failed } = load.answers;
  const tokens = failed.filter(({ asked }) => asked === 'token').length;
  t.diagnostic(
    `${because}; ${failed.length - tokens} payments failed, ${tokens} new tokens could not be issued`,
  );
  assert.equal(phase, 'rolled_back');
  // The library's own questions and the probes' tokens both find it out; the first reports it.
  assert.match(because ?? '', /auth\.servers: no server answers|failed 3 probes in a row/);
  assert.equal(failed.length, tokens, JSON.stringify(failed));
});

test('R4: a release that lets only some of the payments through: the gate, while it has reached few', async (t) => {
  const seconds = 4;
  const from = load.answers.ok;
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  // One app in seven of the load fetches tokens; the others pay, through two processes that count for
  // themselves.
  const payments = (((load.answers.ok - from) / seconds) * 6) / 7 / 2;
  const spikePerSecond = Math.max(1, Math.floor(payments * 0.4));
  const change = production({ serving: { quota: { spikePerSecond, spikeBurst: 20 } } });
  const { rollout, answered, failed } = await under(change);
  t.diagnostic(`${rollout.because}; ${answered} answered, ${failed.length} failed`);
  assert.equal(rollout.phase, 'rolled_back');
  assert.match(rollout.because ?? '', /ends_otherwise: request|bad|probes in a row/);
  assert.ok(failed.length > 0 && failed.length < answered / 4, `${failed.length} of ${answered}`);
});
