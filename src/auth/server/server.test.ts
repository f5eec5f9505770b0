import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { becomes, soon, startClient, TOKEN_SECRET } from '../../../test/auth/auth-client.ts';
import { testDatabase } from '../../../test/database.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { checkAuthServer } from '../client/check.ts';
import { defaultAuthClientSettings } from '../client/settings.ts';
import { parseToken } from '../token.ts';
import { paths } from '../wire.ts';
import { createApp, setAppState } from './apps.ts';
import { revokeToken } from './revocations.ts';
import { type AuthServerOptions, createAuthServer } from './server.ts';
import { defaultAuthServerSettings } from './settings.ts';

const directory = new URL('../migrations', import.meta.url).pathname;
const { database, url: databaseUrl } = await testDatabase([{ part: 'auth', directory }]);
const log = pino({ level: 'silent' });
const keySecret = 'a secret of the tests';
const tokenSecrets = [TOKEN_SECRET];

function movableClock() {
  let aheadMs = 0;
  return {
    now: () => Date.now() + aheadMs,
    advanceSeconds: (seconds: number) => {
      aheadMs += seconds * 1_000;
    },
  };
}

async function startServer(t: TestContext, options: Partial<AuthServerOptions> = {}) {
  const clock = movableClock();
  const settings = () => defaultAuthServerSettings;
  const server = createAuthServer({ database, settings, clock, log, keySecret, tokenSecrets, ...options });
  t.after(() => server.close());
  const url = await server.app.listen({ port: 0, host: '127.0.0.1' });
  await becomes('ready', async () => (server.ready() ? 'ready' : 'not ready'));
  return { server, url, clock };
}

function basic(consumerKey: string, consumerSecret: string) {
  const text = Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64');
  return { authorization: `Basic ${text}` };
}

test('a token of the server is 28 letters and digits that say whose it is and for how long', async (t) => {
  const { url } = await startServer(t);
  const app = await createApp(database, { name: 'shop' });
  const response = await fetch(url + paths.token, {
    method: 'POST',
    headers: basic(app.consumerKey, app.consumerSecret),
  });
  const document = (await response.json()) as Record<string, unknown>;
  assert.deepEqual(
    [document.expires_in, document.issuer, response.headers.get('cache-control')],
    [3_599, 'imara', 'no-store'],
  );
  assert.match(String(document.access_token), /^[A-Za-z0-9]{28}$/);
  const parsed = parseToken(String(document.access_token));
  assert.deepEqual([parsed?.appId, parsed?.lifetimeMinutes], [app.appId, 60]);
  assert.ok(Math.abs((parsed?.issuedAtMs ?? 0) - Date.now()) < 10_000);
});

test('R19: how each request for a token ends is told, by whose fault; what the server asks itself is not', async (t) => {
  const ended: string[] = [];
  const { url, server } = await startServer(t, { onAsked: (how) => ended.push(how) });
  const app = await createApp(database, { name: 'counted' });
  const ask = (secret: string) =>
    fetch(url + paths.token, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${app.consumerKey}:${secret}`).toString('base64')}` },
    });
  assert.equal((await ask(app.consumerSecret)).status, 200);
  assert.equal((await ask('wrong')).status, 401);
  assert.equal(await server.issue(app), 'issued');
  assert.equal(await server.issue({ ...app, consumerSecret: 'wrong' }), 'refused');
  assert.deepEqual(ended, ['issued', 'refused']);
});

test('a client that keeps its token in 30 characters has it whole', async (t) => {
  const { url } = await startServer(t);
  const app = await createApp(database, { name: 'django' });
  const { client } = startClient(t, { servers: [url] });
  const issued = await client.issue(app, soon());
  assert.ok(issued.ok);
  await database.query('create table access_token (token varchar(30) not null)');
  await database.query('insert into access_token values ($1)', [issued.token]);
  const { rows } = await database.query<{ token: string }>('select token from access_token');
  const verified = await client.verify(rows[0]?.token ?? '', soon());
  assert.equal(verified.ok && verified.claims.appId, app.appId);
});

test('the revocation list is one that any JWT library verifies from the published keys', async (t) => {
  const { url } = await startServer(t);
  const list = await (await fetch(url + paths.revocations)).text();
  const { payload, protectedHeader } = await jwtVerify(list, createRemoteJWKSet(new URL(url + paths.keys)), {
    issuer: 'imara',
    typ: 'revocations+jwt',
    algorithms: ['EdDSA'],
  });
  assert.equal(typeof payload.version, 'number');
  assert.equal(protectedHeader.alg, 'EdDSA');
});

test('the client gets a token from one server and verifies it with the keys of the other, over TLS', async (t) => {
  const pem = await generate([{ name: 'commonName', value: 'auth' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const tls = { key: pem.private, cert: pem.cert };
  const [one, two] = await Promise.all([startServer(t), startServer(t, { tls })]);
  const secure = { certificateAuthorities: pem.cert };
  const app = await createApp(database, { name: 'shop' });
  const issued = await startClient(t, { servers: [one.url] }).client.issue(app, soon());
  assert.ok(issued.ok);
  assert.equal(issued.expiresInSeconds, 3_599);
  const verified = await startClient(t, { servers: [two.url], ...secure }).client.verify(
    issued.token,
    soon(),
  );
  assert.equal(verified.ok && verified.claims.appId, app.appId);
  const check = await checkAuthServer(two.url, { ...defaultAuthClientSettings, ...secure }, soon());
  assert.ok(check.ok && check.published[0].size >= 1);
});

test('wrong secrets, unknown keys, disabled apps and headers of another form get 401', async (t) => {
  const { url, clock } = await startServer(t);
  const app = await createApp(database, {
    name: 'shop',
    consumerKey: 'the-key',
    consumerSecret: 'the:secret',
  });
  const status = async (headers: Record<string, string>) =>
    (await fetch(url + paths.token, { method: 'POST', headers })).status;
  assert.equal(await status(basic('the-key', 'the:secret')), 200);
  assert.equal(await status(basic('the-key', 'the secret')), 401);
  assert.equal(await status(basic('the-kez', 'the:secret')), 401);
  assert.equal(await status(basic('', 'the:secret')), 401);
  assert.equal(await status({}), 401);
  assert.equal(await status({ authorization: 'Bearer x' }), 401);
  assert.equal(await status({ authorization: `Basic ${'A'.repeat(10_000)}` }), 401);
  await setAppState(database, app.appId, 'disabled');
  clock.advanceSeconds(11);
  assert.equal(await status(basic('the-key', 'the:secret')), 401);
});

test('secrets are not in the database', async () => {
  const app = await createApp(database, { name: 'shop' });
  const { rows } = await database.query('select * from auth.app where id = $1', [app.appId]);
  assert.ok(!JSON.stringify(rows).includes(app.consumerSecret));
});

test('with the database gone, apps verified of late still get tokens and keys are still published', async (t) => {
  const own = openDatabase({ url: databaseUrl, name: 'auth-test', maxConnections: 2 });
  const { server, url, clock } = await startServer(t, { database: own });
  const [known, unknown] = [
    await createApp(database, { name: 'known' }),
    await createApp(database, { name: 'unknown' }),
  ];
  const { client } = startClient(t, { servers: [url] });
  assert.equal((await client.issue(known, soon())).ok, true);
  await own.end();
  clock.advanceSeconds(60);
  assert.equal((await client.issue(known, soon())).ok, true);
  assert.deepEqual(await client.issue(unknown, soon()), { ok: false, reason: 'unavailable' });
  assert.equal((await checkAuthServer(url, defaultAuthClientSettings, soon())).ok, true);
  assert.equal(server.ready(), true);
  clock.advanceSeconds(16 * 60);
  assert.deepEqual(await client.issue(known, soon()), { ok: false, reason: 'unavailable' });
});

test('a revoked token is refused by every client in seconds', async (t) => {
  const { url } = await startServer(t);
  const app = await createApp(database, { name: 'shop' });
  const { client, outcome } = startClient(t, { servers: [url] });
  const [one, two] = [await client.issue(app, soon()), await client.issue(app, soon())];
  assert.ok(one.ok && two.ok);
  assert.equal((await client.verify(one.token, soon())).ok, true);
  await revokeToken(database, parseToken(one.token)?.tokenId ?? '', Date.now());
  await becomes('revoked', () => outcome(one.token));
  assert.equal((await client.verify(two.token, soon())).ok, true);
});

test('"a new token kills the old one" is a switch', async (t) => {
  const settings = { ...defaultAuthServerSettings, newTokenKillsOld: true };
  const { url } = await startServer(t, { settings: () => settings });
  const [app, other] = [await createApp(database, { name: 'a' }), await createApp(database, { name: 'b' })];
  const { client, outcome } = startClient(t, { servers: [url] });
  const unconcerned = await client.issue(other, soon());
  const old = await client.issue(app, soon());
  const fresh = await client.issue(app, soon());
  assert.ok(old.ok && fresh.ok && unconcerned.ok);
  await becomes('revoked', () => outcome(old.token));
  assert.equal((await client.verify(fresh.token, soon())).ok, true);
  assert.equal((await client.verify(unconcerned.token, soon())).ok, true);
});

test('R12: large bodies are refused, and connections that say nothing or half a header are closed', async (t) => {
  const { url } = await startServer(t);
  const large = await fetch(url + paths.token, { method: 'POST', body: 'a'.repeat(100_000) });
  assert.equal(large.status, 413);
  const slow = connect(Number(new URL(url).port), '127.0.0.1', () =>
    slow.write('POST /token HTTP/1.1\r\nhost:'),
  );
  await once(slow.resume(), 'close', { signal: AbortSignal.timeout(20_000) });
});
