import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKEN_SECRET } from '../../../test/auth/auth-client.ts';
import { signingKey, startPublisher, type TestKey } from '../../../test/auth/auth-publisher.ts';
import { closedPort, dnsServer } from '../../../test/auth/broken-servers.ts';
import { type KnownKeys, parseKeys } from '../../auth/client/keys/key-set.ts';
import { type AuthClientSettings, defaultAuthClientSettings } from '../../auth/client/settings.ts';
import { Deadline } from '../../platform/deadline.ts';
import { tasteAuthServers } from './authentication.ts';

const [ours, older, theirs] = [signingKey(), signingKey(), signingKey()];
const [one, two, foreign, dead] = await Promise.all([
  startPublisher({ keys: [ours, older] }),
  startPublisher({ keys: [ours] }),
  startPublisher({ keys: [theirs] }),
  closedPort().then((port) => `http://127.0.0.1:${port}`),
]);
const credentials = { consumerKey: 'key', consumerSecret: 'secret' };

/** With patience: a busy machine is not what is tasted here. */
const settings = (servers: string[], change: Partial<AuthClientSettings> = {}): AuthClientSettings => ({
  ...defaultAuthClientSettings,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  servers,
  ...change,
});

async function tasted(
  servers: string[],
  {
    served = [one.url, two.url],
    change = {},
    last = [],
  }: { served?: string[]; change?: Partial<AuthClientSettings>; last?: TestKey[] } = {},
) {
  const { bad, warnings } = await tasteAuthServers(
    settings(servers, change),
    settings(served),
    { credentials, tokenSecrets: [TOKEN_SECRET], lastKeys: keysOf(last) },
    Deadline.in(20_000),
  );
  const text = ({ key, cause }: { key: string; cause: string }) => `${key}: ${cause}`;
  return { bad: bad && text(bad), warnings: warnings.map(text) };
}

function keysOf(keys: TestKey[]): KnownKeys {
  const parsed = parseKeys(JSON.stringify({ issuer: 'imara', keys: keys.map(({ jwk }) => jwk) }), 'imara', 0);
  return parsed.ok ? parsed.keys : new Map();
}

const allGood = { bad: undefined, warnings: [] };

test('R4: servers that share a key are one set, however far the rotation has reached each', async () => {
  assert.deepEqual(await tasted([one.url, two.url]), allGood);
  assert.deepEqual(await tasted([two.url, one.url], { served: [one.url] }), allGood);
});

test('R4: a second server with foreign keys is refused, and is shown no secret', async () => {
  const { bad } = await tasted([one.url, foreign.url]);
  assert.match(bad ?? '', /^auth\.servers\[1\]: foreign_keys: .* those of http:/);
  assert.match((await tasted([foreign.url, one.url])).bad ?? '', /^auth\.servers\[0\]: foreign_keys/);
  assert.equal(foreign.asked.token, 0);
});

test('R4: one of two that is down is a warning where the release does not touch it, and a refusal where it does', async () => {
  const change = { served: [one.url, dead] };
  const same = await tasted([one.url, dead], change);
  assert.equal(same.bad, undefined);
  assert.match(same.warnings.join(), /^auth\.servers\[1\]: refused: /);
  const added = await tasted([one.url, two.url, dead], change);
  assert.match(added.warnings.join(), /^auth\.servers\[2\]: refused: /);

  assert.match((await tasted([one.url, dead])).bad ?? '', /^auth\.servers\[1\]: refused/);
  const otherWay = await tasted([one.url, dead], { ...change, change: { connectTimeoutMs: 9_000 } });
  assert.match(otherWay.bad ?? '', /^auth\.servers\[1\]: refused/);
  const none = await tasted([dead], change);
  assert.match(none.bad ?? '', /^auth\.servers\[0\]: refused/);
});

test('R4: what decides how long keys are kept does not touch the addresses', async () => {
  const { bad, warnings } = await tasted([one.url, dead], {
    served: [one.url, dead],
    change: { keyStaleSeconds: 90_000, clockLeewaySeconds: 10 },
  });
  assert.deepEqual([bad, warnings.length], [undefined, 1]);
});

test('R4: our keys and another token secret, or nobody it knows: refused', async () => {
  const other = await startPublisher({ keys: [ours] });
  other.published.secret = 'another secret of the same length';
  assert.match(
    (await tasted([one.url, other.url])).bad ?? '',
    /^auth\.servers\[1\]: foreign_token: .*bad_signature/,
  );
  other.published.secret = undefined;
  assert.match((await tasted([one.url, other.url])).bad ?? '', /^auth\.servers\[1\]: unknown_client: .*key/);
});

test('R4: a server that is busy at its first token is asked once more', async () => {
  const busy = await startPublisher({ keys: [ours] });
  busy.published.busy = 1;
  assert.deepEqual(await tasted([one.url, busy.url]), allGood);
  busy.published.busy = 2;
  assert.match((await tasted([one.url, busy.url])).bad ?? '', /^auth\.servers\[1\]: server_unavailable/);
});

test('R4: a copy that has gone its own way since, and signs with a key that nobody else has: refused', async () => {
  const fork = await startPublisher({ keys: [signingKey(), older] });
  for (const servers of [
    [one.url, fork.url],
    [fork.url, one.url],
  ]) {
    const { bad } = await tasted(servers);
    assert.match(bad ?? '', /^auth\.servers\[\d\]: foreign_token: .*unknown_key/);
    assert.ok(bad?.startsWith(`auth.servers[${servers.indexOf(fork.url)}]`));
  }
});

test('R4: every address changed at once: compared with the servers that are left', async () => {
  assert.deepEqual(await tasted([two.url], { served: [one.url] }), allGood);
  assert.match((await tasted([foreign.url], { served: [one.url] })).bad ?? '', /foreign_keys.* served with$/);
});

test('R4: … and those are gone: with the keys that this process verified with last, which lack the newest', async () => {
  const served = [dead];
  assert.deepEqual(await tasted([two.url, one.url], { served, last: [older, ours] }), allGood);
  assert.deepEqual(await tasted([one.url, two.url], { served, last: [older] }), {
    bad: 'auth.servers[1]: foreign_keys: it publishes keys that share none with those of this process, which served with them last',
    warnings: [],
  });
  assert.deepEqual(await tasted([one.url], { served, last: [older] }), allGood);
  assert.match((await tasted([foreign.url], { served, last: [ours] })).bad ?? '', /foreign_keys/);
});

test('R4: … and this process verifies no tokens: they must at least be one set', async () => {
  const served = [dead];
  assert.deepEqual(await tasted([one.url, two.url], { served }), allGood);
  assert.match((await tasted([one.url, foreign.url], { served })).bad ?? '', /servers\[1\]: foreign_keys/);
});

test('R4: servers that are foreign to each other already are a warning, about the one that is not ours', async () => {
  const served = [foreign.url, one.url];
  const { bad, warnings } = await tasted(served, { served, last: [ours] });
  assert.equal(bad, undefined);
  assert.match(warnings.join(), /^auth\.servers\[0\]: foreign_keys: .* this process$/);
  assert.deepEqual(await tasted([one.url, two.url], { served, last: [ours] }), allGood);
});

test('R4: an address of several endpoints is foreign when one of them is', async () => {
  const dns = await dnsServer(({ name, type }) => {
    if (type !== 'SRV') return type === 'A' ? [{ name, type, ttl: 60, data: '127.0.0.1' }] : [];
    return [two, foreign].map(({ port }) => ({
      name,
      type: 'SRV' as const,
      ttl: 60,
      data: { target: `at-${port}.auth.example`, port, priority: 1, weight: 1 },
    }));
  });
  const change = { dnsServers: [dns.address], resolveTimeoutMs: 10_000 };
  const { bad } = await tasted([one.url, 'http+srv://_auth._tcp.example'], { change });
  assert.match(bad ?? '', /^auth\.servers\[1\]: foreign_keys/);
});
