import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { managed } from '../../test/control/world.ts';
import { testDatabase } from '../../test/database.ts';
import { createApp } from '../auth/server/apps.ts';
import { createCredentialCheck } from '../auth/server/credentials.ts';
import { currentRevocations } from '../auth/server/revocations.ts';
import { makeToken } from '../auth/token.ts';
import { createControl } from '../control/control.ts';
import { newToken, putOperator } from '../control/operators.ts';
import { defaultControlSettings } from '../control/settings.ts';
import { systemClock } from '../platform/clock.ts';
import { Deadline } from '../platform/deadline.ts';
import { newKeyPair, signerEd25519 } from '../rollout/signature.ts';
import { appDirectory } from './app-directory.ts';
import { schema } from './schema.ts';

const { database } = await testDatabase(schema);
const log = pino({ level: 'silent' });
const token = newToken();
await putOperator(database, { name: 'amina', role: 'editor', token });
const control = createControl({
  name: 'control',
  database,
  leaderDatabase: database,
  signer: signerEd25519('key', newKeyPair().privateKey),
  keys: () => [],
  agentToken: 'agents',
  services: [managed],
  settings: () => defaultControlSettings,
  clock: systemClock,
  log,
  registry: new Registry(),
  apps: appDirectory,
});
const port = await control.start({ host: '127.0.0.1', port: 0 });
after(() => control.close());

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}
const reason = 'the key leaked';
const shop = await createApp(database, { name: 'shop' });
const other = await createApp(database, { name: 'other' });
const verifies = async ({ consumerKey, consumerSecret }: typeof shop) => {
  const check = createCredentialCheck({ database, clock: systemClock, log });
  return (await check({ consumerKey, consumerSecret }, Deadline.in(5_000))).ok;
};

test('a disabled app gets no token and loses those it has; enabled, it may fetch again', async () => {
  assert.ok((await ask('GET', '/apps')).text.includes(shop.consumerKey));
  assert.ok(!(await ask('GET', '/apps')).text.includes(shop.consumerSecret));
  const before = Date.now() / 1_000;
  assert.equal((await ask('POST', '/apps/shop/disable', { reason })).status, 200);
  assert.deepEqual([await verifies(shop), await verifies(other)], [false, true]);
  const { apps } = await currentRevocations(database, Date.now());
  assert.ok((apps[shop.appId] ?? 0) > before, 'also what a server issues that still remembers its secret');
  assert.equal((await ask('POST', `/apps/${shop.consumerKey}/enable`, { reason })).status, 200);
  assert.equal(await verifies(shop), true);
  assert.match((await ask('POST', '/apps/nobody/disable', { reason })).text, /there is no app nobody/);
});

test('one token ends, and the others of its app go on', async () => {
  const fields = { generation: 1, appId: other.appId, issuedAtMs: Date.now(), lifetimeMinutes: 60 };
  const leaked = makeToken(fields, Buffer.alloc(32));
  assert.equal((await ask('POST', '/tokens/revoke', { token: leaked, reason })).status, 200);
  const { tokens, apps } = await currentRevocations(database, Date.now());
  assert.equal(tokens.length, 1);
  assert.equal(apps[other.appId], undefined);
  assert.match((await ask('POST', '/tokens/revoke', { token: 'abc', reason })).text, /is no access token/);
});

test('R15: who did it, and why, is in the journal', async () => {
  const { rows } = await database.query<{ kind: string; actor: string; data: { reason: string } }>(
    `select kind, actor, data from control.journal order by sequence`,
  );
  assert.deepEqual(
    rows.map(({ kind, actor, data }) => [kind, actor, data.reason]),
    ['app.disabled', 'app.enabled', 'token.revoked'].map((kind) => [kind, 'amina', reason]),
  );
});
