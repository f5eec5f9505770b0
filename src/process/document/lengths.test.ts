import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { dnsServer } from '../../../test/auth/broken-servers.ts';
import { rolesFixture } from '../../../test/roles.ts';
import { taste } from '../../agent/taster/taste.ts';
import { isRecord, type Json, type JsonObject } from '../../config/canonical.ts';
import { check } from '../../config/check/check.ts';
import { platform, platformSchema } from './platform.ts';

// Every list of the document at its shortest and longest, every text at its longest: a check refuses it, or
// the taste's process comes to a verdict with it, as fast as with any. What numbers do at their extremes is
// in `extremes.test.ts`.

interface Node {
  path: string;
  schema: Record<string, unknown>;
}

/** Everything in it that holds a number, a text or a list, however deep. */
function nodesOf(schema: unknown, path = ''): Node[] {
  if (!isRecord(schema)) return [];
  const under = (key: string, child: unknown) => nodesOf(child, path === '' ? key : `${path}.${key}`);
  const inside = [
    ...Object.entries(isRecord(schema.properties) ? schema.properties : {}),
    ...(schema.items === undefined ? [] : [['*', schema.items] as const]),
    ...(Array.isArray(schema.anyOf) ? schema.anyOf.map((each, at) => [`|${at}`, each] as const) : []),
  ].flatMap(([key, child]) => under(key, child));
  return typeof schema.type === 'string' ? [{ path, schema }, ...inside] : inside;
}

/** What bounds a value of this type; one that is chosen from a list of words has no other. */
const bounds: Readonly<Record<string, readonly string[]>> = {
  array: ['maxItems'],
  string: ['maxLength'],
  integer: ['minimum', 'maximum'],
  number: ['minimum', 'maximum'],
};

const nodes = nodesOf(platformSchema);

test('every number, text and list of the document has bounds', () => {
  const kinds = nodes.map(({ schema }) => String(schema.type));
  for (const kind of Object.keys(bounds)) assert.ok(kinds.includes(kind), `${kind} are found`);
  const unbounded = nodes.filter(
    ({ schema }) =>
      schema.const === undefined &&
      schema.enum === undefined &&
      (bounds[String(schema.type)] ?? []).some((bound) => typeof schema[bound] !== 'number'),
  );
  assert.deepEqual(
    unbounded.map(({ path }) => path),
    [],
  );
});

const fixture = await rolesFixture();
// The taste's process reads where it is from its environment, as an instance's does.
Object.assign(process.env, fixture.variables);

const boundOf = (path: string, bound: string): number => {
  const node = nodes.find((each) => each.path === path);
  assert.equal(typeof node?.schema[bound], 'number', `${path} has ${bound}`);
  return Number(node?.schema[bound]);
};
const list = (path: string, item: (index: number) => Json): Json =>
  Array.from({ length: boundOf(path, 'maxItems') }, (_, index) => item(index));
const text = (path: string, index = 0): string => {
  const end = String(index);
  return 'x'.repeat(boundOf(path, 'maxLength') - end.length) + end;
};

async function tasted(change: JsonObject) {
  const content = fixture.unchecked(change);
  const [problem] = check(platform, content, change);
  if (problem !== undefined) return { ok: false as const, key: problem.path, cause: problem.reason };
  const settings = {
    module: new URL('../taster/taste.ts', import.meta.url),
    heapMiB: 256,
    residentMiB: 512,
    deadlineMs: 60_000,
  };
  const course = { purpose: 'release', environment: 'production', content } as const;
  return taste(course, settings, new AbortController().signal);
}

// The taste asks each of them for a name.
const nameServers = await Promise.all(
  Array.from({ length: boundOf('auth.dnsServers', 'maxItems') }, () => dnsServer(() => 'nxdomain')),
);
assert.equal(nameServers.length, boundOf('delivery.dnsServers', 'maxItems'));

function addressLists(section: string): JsonObject {
  return {
    allowedPorts: list(`${section}.allowedPorts`, (index) => 443 + index),
    forbiddenWords: list(`${section}.forbiddenWords`, (index) => text(`${section}.forbiddenWords.*`, index)),
  };
}

function datedTariffs(section: string): JsonObject {
  const tariffs = list(`${section}.tariffs`, (index) => ({
    from: `2026-01-${String(index + 1).padStart(2, '0')}`,
    bands: list(`${section}.tariffs.*.bands`, (band) => ({
      upToShillings: 1_000 * (band + 1),
      feeCents: band,
    })),
  }));
  return { tariffs };
}

const longest = (): JsonObject => ({
  auth: {
    servers: list('auth.servers', (index) => fixture.addresses[index % 2] ?? ''),
    dnsServers: list('auth.dnsServers', (index) => nameServers[index]?.address ?? ''),
  },
  mpesa: {
    requests: { callbackUrl: addressLists('mpesa.requests.callbackUrl') },
    c2b: { callbackUrl: addressLists('mpesa.c2b.callbackUrl') },
    pull: { callbackUrl: addressLists('mpesa.pull.callbackUrl') },
    standingOrders: {
      callbackUrl: addressLists('mpesa.standingOrders.callbackUrl'),
      ...datedTariffs('mpesa.standingOrders'),
    },
    billManager: {
      callbackUrl: addressLists('mpesa.billManager.callbackUrl'),
      pushRetryAfterSeconds: list('mpesa.billManager.pushRetryAfterSeconds', () =>
        boundOf('mpesa.billManager.pushRetryAfterSeconds.*', 'maximum'),
      ),
      reminderDaysBefore: list('mpesa.billManager.reminderDaysBefore', (index) => index),
    },
    b2c: datedTariffs('mpesa.b2c'),
    b2b: datedTariffs('mpesa.b2b'),
    reversal: datedTariffs('mpesa.reversal'),
    stk: {
      callbackUrl: addressLists('mpesa.stk.callbackUrl'),
      customerTariff: list('mpesa.stk.customerTariff', (index) => ({
        upToShillings: 1_000 * (index + 1),
        feeCents: index,
      })),
    },
  },
  delivery: {
    allowedPorts: list('delivery.allowedPorts', (index) => 443 + index),
    dnsServers: list('delivery.dnsServers', (index) => nameServers[index]?.address ?? ''),
    retryAfterSeconds: list('delivery.retryAfterSeconds', () =>
      boundOf('delivery.retryAfterSeconds.*', 'maximum'),
    ),
  },
});

test('every list at its longest together, with longest texts in them, is tasted well', async () => {
  assert.deepEqual(await tasted(longest()), { ok: true });
});

test('every list of it is in that document', () => {
  const document = longest();
  const has = (path: string) =>
    path.split('.').reduce<Json | undefined>((at, key) => Object(at)[key === '*' ? 0 : key], document) !==
    undefined;
  const lists = nodes.filter(({ schema }) => schema.type === 'array').map(({ path }) => path);
  assert.deepEqual(
    lists.filter((path) => !has(path)),
    [],
  );
});

const empty: JsonObject[] = [
  { auth: { servers: [] } },
  { auth: { dnsServers: [] }, delivery: { dnsServers: [], retryAfterSeconds: [] } },
  { mpesa: { stk: { callbackUrl: { forbiddenWords: [] }, customerTariff: [] } } },
  { mpesa: { requests: { callbackUrl: { forbiddenWords: [] } } } },
  { mpesa: { stk: { callbackUrl: { allowedPorts: [] } } }, delivery: { allowedPorts: [] } },
];

/** As many authorities as fit. */
function manyAuthorities(path: string): string {
  const most = boundOf(path, 'maxLength');
  return rootCertificates.reduce(
    (sum, each) => (sum.length + each.length < most ? `${sum}${each}\n` : sum),
    '',
  );
}

const texts = (): JsonObject[] => [
  { auth: { issuer: text('auth.issuer') } },
  { auth: { certificateAuthorities: text('auth.certificateAuthorities') } },
  { auth: { certificateAuthorities: manyAuthorities('auth.certificateAuthorities') } },
  { auth: { servers: [`http://${text('auth.servers.*').slice(7)}`] } },
  { auth: { dnsServers: [text('auth.dnsServers.*')] } },
  { delivery: { ca: text('delivery.ca.|0') } },
  { delivery: { ca: manyAuthorities('delivery.ca.|0') } },
  { delivery: { dnsServers: [text('delivery.dnsServers.*')] } },
];

test('lists at their shortest, and texts at their longest, are refused with the key or tasted well', {
  timeout: 300_000,
}, async (t) => {
  for (const change of [...empty, ...texts()]) {
    const verdict = await tasted(change);
    const what = JSON.stringify(change).slice(0, 120);
    t.diagnostic(`${what}: ${verdict.ok ? 'tasted well' : `${verdict.key}: ${verdict.cause.slice(0, 120)}`}`);
    assert.ok(verdict.ok || verdict.key !== undefined, `${what}: ${verdict.ok ? '' : verdict.cause}`);
  }
});
