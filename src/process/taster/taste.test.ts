import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { signingKey, startPublisher } from '../../../test/auth/auth-publisher.ts';
import { startProcesses } from '../../../test/stack/processes.ts';
import { taste, tasteBoth } from '../../agent/taster/taste.ts';
import type { JsonObject } from '../../config/canonical.ts';
import { merged } from '../../config/overlay.ts';
import { openDatabase } from '../../platform/database/database.ts';
import { sibling } from '../../platform/sibling.ts';
import { platformSchema } from '../document/platform.ts';
import { loadRelease } from '../installation/release.ts';
import { readEnvironment } from '../main/environment.ts';
import { seedSyntheticMerchant } from '../synthetic/merchant.ts';

// The taste of Imara's own processes, in its child, beside two real authentication servers, of which one goes
// out.

const processes = await startProcesses();
after(processes.close);
const env = readEnvironment(processes.environment);
const database = openDatabase({ url: env.databaseUrl, name: 'test', maxConnections: 2 });
await seedSyntheticMerchant(database, env.home).finally(() => database.end());
// A taster's child gets the environment of its instance.
Object.assign(process.env, processes.environment);
const served = loadRelease(env).content;
const [, second] = processes.auth;
const limits = {
  module: sibling(import.meta.url, 'taste'),
  heapMiB: 256,
  residentMiB: 1_024,
  deadlineMs: 60_000,
};

const tasted = (change: JsonObject) =>
  tasteBoth(
    'production',
    { purpose: 'release', release: merged(served, change, platformSchema) as JsonObject, wayBack: served },
    limits,
    new AbortController().signal,
  );
const harmless = { mpesa: { retryAfterSeconds: 7 } };
const auth = (change: JsonObject) => ({ environments: { production: { auth: change } } });

test('R4: with both servers well, a harmless change passes without a warning', async () => {
  assert.deepEqual(await tasted(harmless), { ok: true });
});

test('R4: a second server of the same issuer and another history is refused', async () => {
  const foreign = await startPublisher({ keys: [signingKey()], issuer: 'imara-production' });
  const [first = ''] = env.authServers;
  const result = await tasted(auth({ servers: [first, foreign.url] }));
  assert.ok(!result.ok);
  assert.equal(result.key, 'auth.servers[1]');
  assert.match(result.cause, /^foreign_keys: /);
});

for (const [name, signal, cause] of [
  ['hangs', 'SIGSTOP', /_timeout|deadline/],
  ['is gone', 'SIGKILL', /refused/],
] as const) {
  test(`R4: one of two servers ${name}: what does not touch it passes with a warning, payments and all`, async () => {
    second?.kill(signal);
    const result = await tasted(harmless);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(
      result.warnings?.map(({ key }) => key),
      ['auth.servers[1]'],
    );
    assert.match(result.warnings?.[0]?.cause ?? '', cause);

    const touched = await tasted(auth({ connectTimeoutMs: 400 }));
    assert.ok(!touched.ok);
    assert.equal(touched.key, 'auth.servers[1]');
  });
}

test('R6: the way back is not asked whether its servers answer', async () => {
  const course = { purpose: 'way back', environment: 'production', content: served } as const;
  assert.deepEqual(await taste(course, limits, new AbortController().signal), { ok: true });
});
