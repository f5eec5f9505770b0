import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { inProduction, rolesFixture } from '../../../test/roles.ts';
import { isJsonObject, isRecord, type Json, type JsonObject } from '../../config/canonical.ts';
import { check } from '../../config/check/check.ts';
import { merged } from '../../config/overlay.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import { ownUrl, readTokenSecrets } from '../main/environment.ts';
import { buildApi } from '../roles/api/api-server.ts';
import { serveWorker } from '../roles/worker/serve-worker.ts';
import { createSyntheticClient, SyntheticFault } from '../synthetic/client.ts';
import { syntheticMerchant } from '../synthetic/merchant.ts';
import { type PlatformDocument, platform, platformSchema } from './platform.ts';

// Every number of the document at its least and at its most, alone and together with others, as far as the
// checks let it pass: real parts are built on it and used. Whatever they make of it, a request is answered in
// its time, no timer overflows (it would fire at once, for ever), and the authentication servers are not
// asked without end.

interface Extreme {
  path: readonly string[];
  values: readonly number[];
}

/** The bounds of every number of the document that stands under a key of its own. */
function extremesOf(schema: unknown, path: readonly string[] = []): Extreme[] {
  if (!isRecord(schema)) return [];
  if (isRecord(schema.properties) && schema.names === undefined)
    return Object.entries(schema.properties).flatMap(([key, child]) => extremesOf(child, [...path, key]));
  const { minimum, maximum } = schema;
  return typeof minimum === 'number' && typeof maximum === 'number'
    ? [{ path, values: [minimum, maximum] }]
    : [];
}

function changeOf(path: readonly string[], value: Json): JsonObject {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : changeOf(rest, value) };
}

const fixture = await rolesFixture();
const extremes = extremesOf(platformSchema);
let live: PlatformDocument = inProduction(fixture.builtIn.content);
const root = fixture.root(() => live);
const worker = await serveWorker(root);
const merchant = await syntheticMerchant(fixture.env.home);
const database = root.database(2);
const warnings: string[] = [];
const hear = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
process.on('warning', hear);
after(async () => {
  process.off('warning', hear);
  await worker.stop(new AbortController().signal);
  await root.end();
});

/** The document so changed; `undefined`: a check refuses it. */
function documentOf(changes: readonly JsonObject[]): PlatformDocument | undefined {
  const content = changes.reduce<Json>(
    (base, change) => merged(base, change, platformSchema),
    fixture.builtIn.content,
  );
  assert.ok(isJsonObject(content));
  return check(platform, content).length === 0 ? inProduction(content) : undefined;
}

/** Serves with it, and is used as by a client. */
async function drive(document: PlatformDocument): Promise<void> {
  live = document;
  let asked = 0;
  const { server, auth } = buildApi({
    document: () => document,
    database,
    log: root.log,
    registry: new Registry(),
    tokenSecrets: readTokenSecrets(fixture.env),
    configVersion: () => 'extreme',
    onAuthServers: () => {
      asked += 1;
    },
  });
  const direct = await server.listenByItself('127.0.0.1');
  const client = createSyntheticClient({
    api: ownUrl(fixture.env, direct),
    merchant,
    callbackUrl: 'http://127.0.0.1:9/callback',
    rules: () => document.mpesa.stk,
  });
  const deadline = Deadline.in(10_000);
  await within(deadline, 'an answer', async () => {
    await auth.loaded;
    await client.authenticate(deadline);
    await client.query(await client.push(deadline), deadline);
  }).catch((error: unknown) => {
    // A timeout of 10 ms may well refuse: it is answered.
    if (!(error instanceof SyntheticFault)) throw error;
  });
  await client.close();
  await server.close();
  await auth.close();
  assert.ok(asked < 20, `the authentication servers were asked ${asked} times`);
  assert.deepEqual(warnings, []);
}

test('each number at its least and at its most is refused by a check or served with', {
  timeout: 120_000,
}, async (t) => {
  let refused = 0;
  const built = extremes.filter(({ path: [section] }) => section === 'auth' || section === 'serving');
  for (const { path, values } of extremes) {
    for (const value of values) {
      const document = documentOf([changeOf(path, value)]);
      if (document === undefined) refused += 1;
      else if (built.some((each) => each.path === path)) await drive(document);
      else live = document;
    }
  }
  t.diagnostic(`${extremes.length} numbers, ${refused} of ${2 * extremes.length} extremes are refused alone`);
  assert.ok(extremes.length > 60 && refused < extremes.length, 'they are found, and most stand alone');
});

test('numbers at their extremes together are refused by a check or served with', {
  timeout: 60_000,
}, async () => {
  const one = fc
    .constantFrom(...extremes)
    .chain(({ path, values }) => fc.constantFrom(...values).map((value) => changeOf(path, value)));
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 2, maxLength: 12 }), async (changes) => {
      const document = documentOf(changes);
      fc.pre(document !== undefined);
      if (document !== undefined) await drive(document);
    }),
    {
      numRuns: 12,
      endOnFailure: true,
      interruptAfterTimeLimit: 15_000,
      markInterruptAsFailure: false,
      maxSkipsPerRun: 1_000,
    },
  );
});

test('after all of it the built-in document serves as before', async () => {
  const document = inProduction(fixture.builtIn.content);
  await drive(document);
  assert.equal(live, document);
});
