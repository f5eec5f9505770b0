import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { becomes, never, soon, startClient } from '../../../../test/auth/auth-client.ts';
import { signingKey, startPublisher, type TestKey } from '../../../../test/auth/auth-publisher.ts';
import { closedPort, eventually } from '../../../../test/auth/broken-servers.ts';
import { until } from '../../../../test/until.ts';
import { parseToken } from '../../token.ts';

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
  await becomes('ok', () => outcome(token));
  good.published.keys = [old, next];
  const newer = next.token();
  await becomes('ok', () => outcome(newer));
  good.published.keys = [next];
  await becomes('unknown_key', () => outcome(token));
});

test('keys that share none with those known are kept beside them: a wrong server ends no token, however often it answers', async (t) => {
  const [ours, theirs] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [ours] });
  const seedPath = await seedAt();
  const { outcome } = startClient(t, { servers: [good.url] }, { seedPath });
  const token = ours.token();
  await becomes('ok', () => outcome(token));
  await seeded(seedPath, ours);
  good.published.keys = [theirs];
  const other = theirs.token();
  await becomes('ok', () => outcome(other));
  await refreshes(good, 3);
  assert.equal(await outcome(token), 'ok');
  assert.ok((await readFile(seedPath, 'utf8')).includes(ours.jwk.kid));

  // Ours again, and a server of theirs beside it: neither pushes out the other.
  good.published.keys = [ours];
  await refreshes(good, 2);
  for (const each of [token, other]) assert.equal(await outcome(each), 'ok');
});

test('a set of as many keys as are kept pushes out none of ours', async (t) => {
  const ours = signingKey();
  const good = await startPublisher({ keys: [ours] });
  const { outcome } = startClient(t, { servers: [good.url] });
  const token = ours.token();
  await becomes('ok', () => outcome(token));
  good.published.keys = Array.from({ length: 64 }, signingKey);
  await refreshes(good, 2);
  assert.equal(await outcome(token), 'ok');
});

test('another history is taken for ours once ours is stale, and is what is on the disk then', async (t) => {
  const [ours, theirs] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [ours] });
  const seedPath = await seedAt();
  const { outcome, advanceSeconds } = startClient(
    t,
    { servers: [good.url], keyStaleSeconds: 7_200 },
    { seedPath },
  );
  await becomes('ok', () => outcome(ours.token()));
  good.published.keys = [theirs];
  await refreshes(good, 2);
  advanceSeconds(7_300);
  await seeded(seedPath, theirs);
  assert.equal(await outcome(theirs.token({ issuedAt: Date.now() / 1_000 + 7_300 })), 'ok');
});

test('R8: a wrong server that is faster than the disk does not replace the keys on it', async (t) => {
  const [ours, theirs] = [signingKey(), signingKey()];
  const wrong = await startPublisher({ keys: [theirs] });
  const seedPath = await seedAt();
  const text = JSON.stringify({ seenAtMs: Date.now(), document: { issuer: 'imara', keys: [ours.jwk] } });
  const disk = Promise.withResolvers<string>();
  const written: string[] = [];
  const seed = {
    read: () => disk.promise,
    write: async (draft: string) => void written.push(draft),
  };
  const { outcome } = startClient(t, { servers: [wrong.url] }, { seedPath, outside: { seed } });
  await becomes('ok', () => outcome(theirs.token()));
  disk.resolve(text);
  await becomes('ok', () => outcome(ours.token()));
  await refreshes(wrong, 2);
  for (const draft of written) assert.ok(draft.includes(ours.jwk.kid), draft);
});

test('a revoked token stays revoked, whatever version the list of another history has', async (t) => {
  const [ours, theirs] = [signingKey(), signingKey()];
  const good = await startPublisher({ keys: [ours] });
  const { outcome } = startClient(t, { servers: [good.url] });
  const token = ours.token();
  await becomes('ok', () => outcome(token));
  good.published.revocations = { version: 7, tokens: [parseToken(token)?.tokenId ?? ''], apps: {} };
  await becomes('revoked', () => outcome(token));
  good.published.keys = [theirs];
  good.published.revocations = { version: 1_000, tokens: [], apps: {} };
  await becomes('ok', () => outcome(theirs.token()));
  const asked = good.asked.revocations;
  await until('the other list was read', () => good.asked.revocations > asked + 2);
  assert.equal(await outcome(token), 'revoked');
});

/** The next `count` answers with keys have been taken: the last of them is asked for after the one before. */
async function refreshes({ asked }: { asked: { keys: number } }, count: number): Promise<void> {
  const before = asked.keys;
  await until('the keys were fetched again', () => asked.keys > before + count);
}

const seedAt = async () => join(await mkdtemp(join(tmpdir(), 'imara-auth-')), 'keys', 'api-1.json');

async function seeded(path: string, { jwk }: TestKey): Promise<void> {
  await until('the key is on the disk', async () =>
    (await readFile(path, 'utf8').catch(() => '')).includes(jwk.kid),
  );
}

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
  await becomes('ok', () => outcome(aheadServers));
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
  await becomes('ok', () => first.outcome(token));
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
