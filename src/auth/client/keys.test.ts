import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { becomes, never, soon, startClient } from '../../../test/auth-client.ts';
import { signingKey, startPublisher } from '../../../test/auth-publisher.ts';
import { closedPort, eventually } from '../../../test/broken-servers.ts';
import { parseToken } from '../token.ts';

test('R12: of more callers than may wait for an unknown key, the last is answered at once', async (t) => {
  const outside = { transport: { exchange: never, close: () => {} } };
  const { client } = startClient(
    t,
    { servers: ['http://127.0.0.1:9'], unknownKeyWaitMs: 1_000 },
    { outside },
  );
  const token = signingKey().token();
  const waiting = Array.from({ length: 1_000 }, () => client.verify(token, soon()));
  const last = await Promise.race([client.verify(token, soon()), Promise.race(waiting).then(() => 'waited')]);
  assert.deepEqual(last, { ok: false, reason: 'unavailable' });
  await Promise.all(waiting);
});

test('unknown key ids ask the servers once, whatever the traffic', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { client, outcome } = startClient(t, { servers: [good.url], keyRefreshSeconds: 600 });
  await becomes('unknown_key', () => outcome(signingKey().token()));
  const asked = good.asked.keys;
  for (let round = 0; round < 5; round += 1) {
    const strangers = Array.from({ length: 100 }, (_, n) =>
      key.token({ generation: (key.generation + 1 + round * 100 + n) % 1_024 }),
    );
    const results = await Promise.all(strangers.map((token) => client.verify(token, soon())));
    for (const result of results) assert.deepEqual(result, { ok: false, reason: 'unknown_key' });
  }
  assert.equal(good.asked.keys, asked);
});

test('a new key is taken over in the background, an old one goes when it is no longer published', async (t) => {
  const [old, next] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [old] });
  const { outcome } = startClient(t, { servers: [good.url] });
  const token = old.token();
  assert.equal(await outcome(token), 'ok');
  good.published.keys = [old, next];
  const newer = next.token();
  await becomes('ok', () => outcome(newer));
  good.published.keys = [next];
  await becomes('unknown_key', () => outcome(token));
});

test('keys that share none with those known are kept beside them: a wrong server ends no token', async (t) => {
  const [ours, theirs] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [ours] });
  const { outcome } = startClient(t, { servers: [good.url] });
  const token = ours.token();
  assert.equal(await outcome(token), 'ok');
  good.published.keys = [theirs];
  const other = theirs.token();
  await becomes('ok', () => outcome(other));
  assert.equal(await outcome(token), 'ok');
});

test('R8: all servers gone for longer than the keys are kept fresh: tokens verify until the keys are stale, and again once a server is back', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { outcome, set, advanceSeconds } = startClient(t, { servers: [good.url], unknownKeyWaitMs: 20 });
  const token = key.token({ livesSeconds: 86_400 });
  await becomes('ok', () => outcome(token));
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
  const { outcome, advanceSeconds } = startClient(t, { servers: [good.url], clockLeewaySeconds: 30 });
  const now = Date.now() / 1_000;
  const aheadServers = key.token({ issuedAt: now + 600 });
  const behindServers = key.token({ issuedAt: now - 3_620 });
  assert.equal(await outcome(aheadServers), 'ok');
  assert.equal(await outcome(behindServers), 'ok');
  advanceSeconds(20);
  assert.equal(await outcome(behindServers), 'expired');
});

test('R8: a client boots with every server gone and verifies with the keys on disk', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const seedPath = join(await mkdtemp(join(tmpdir(), 'imara-auth-')), 'keys', 'api-1.json');
  const token = key.token();
  const first = startClient(t, { servers: [good.url] }, { seedPath });
  assert.equal(await first.outcome(token), 'ok');
  await becomes('written', async () =>
    (await readFile(seedPath, 'utf8').catch(() => '')) === '' ? '' : 'written',
  );
  await first.client.close();

  const gone = [`http://127.0.0.1:${await closedPort()}`];
  const second = startClient(t, { servers: gone }, { seedPath });
  assert.equal(await second.outcome(token), 'ok');
  const elsewhere = startClient(t, { servers: gone, issuer: 'imara-testing' }, { seedPath });
  assert.notEqual(await elsewhere.outcome(key.token({ issuer: 'imara-testing' })), 'ok');
  await writeFile(seedPath, 'half a fi');
  const spoiled = startClient(t, { servers: gone }, { seedPath });
  assert.equal(await spoiled.outcome(token), 'unavailable');
});

test('a revoked token is refused once the list is read, and an older list does not bring it back', async (t) => {
  const key = signingKey();
  const good = await startPublisher({ keys: [key] });
  const { outcome } = startClient(t, { servers: [good.url] });
  const now = Date.now() / 1_000;
  const one = key.token();
  const old = key.token({ app: '2', issuedAt: now - 60 });
  const recent = key.token({ app: '2', issuedAt: now });
  const stolen = parseToken(one)?.tokenId ?? '';
  for (const token of [one, old, recent]) assert.equal(await outcome(token), 'ok');
  good.published.revocations = { version: 7, tokens: [stolen], apps: { '2': now - 1 } };
  await becomes('revoked', () => outcome(one));
  assert.equal(await outcome(old), 'revoked');
  assert.equal(await outcome(recent), 'ok');

  good.published.revocations = { version: 6, tokens: [], apps: {} };
  const asked = good.asked.revocations;
  assert.ok(await eventually(() => good.asked.revocations > asked + 2));
  assert.equal(await outcome(one), 'revoked');
});
