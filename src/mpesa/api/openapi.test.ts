import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMpesaApi } from '../../../test/mpesa/mpesa-api.ts';
import { operations } from '../catalogue.ts';

const api = await startMpesaApi();

interface Described {
  operationId: string;
  requestBody?: { content: { 'application/json': { schema: { properties: object; required: string[] } } } };
  parameters?: { name: string; required: boolean }[];
}

async function paths(): Promise<Record<string, Record<string, Described>>> {
  const { status, headers, body } = await api.request('/openapi.json', {});
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(body.openapi, '3.1.0');
  return Object(body.paths);
}

test('the API shows a document that has each of its operations, and no other', async () => {
  const told = Object.entries(await paths()).map(([path, methods]) => `${Object.keys(methods)} ${path}`);
  const served = operations.map(({ method, path }) => `${method.toLowerCase()} ${path}`);
  assert.deepEqual(told.toSorted(), served.toSorted());
});

test('an operation has an id of its own, and its fields in the order in which they are checked', async () => {
  const described = Object.values(await paths()).flatMap((methods) => Object.values(methods));
  const ids = described.map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, ids.length);
  const push = described.find(({ operationId }) => operationId === 'stk.push');
  const schema = push?.requestBody?.content['application/json'].schema;
  assert.deepEqual(Object.keys(schema?.properties ?? {}).slice(0, 5), [
    'BusinessShortCode',
    'Password',
    'Timestamp',
    'TransactionType',
    'Amount',
  ]);
  assert.ok(!schema?.required.includes('TransactionDesc'));
  const token = described.find(({ operationId }) => operationId === 'oauth.generate');
  assert.deepEqual(
    token?.parameters?.map(({ name, required }) => [name, required]),
    [['grant_type', true]],
  );
});

test('the page at /docs works without a network, and what it takes is no evidence about payments', async () => {
  const at = (path: string) => fetch(`http://127.0.0.1:${api.port}${path}`);
  const before = api.outcomes.length;
  const page = await at('/docs');
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.headers.get('content-security-policy') ?? '', /connect-src 'self'/);
  const text = await page.text();
  const fetched = [...text.matchAll(/<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"/g)].map(
    ([, from]) => from,
  );
  assert.deepEqual(fetched, ['./docs/reference.js']);
  assert.match(text, /"url": "\.\/openapi\.json"/);
  const script = await at('/docs/reference.js');
  assert.equal(script.status, 200);
  assert.ok((await script.text()).length > 1_000_000);
  assert.deepEqual(api.outcomes.slice(before), []);
});

test('beside the page, paths are as unknown as they were', async () => {
  const before = api.outcomes.length;
  for (const path of ['/docs/', '/docs/more', '/docs/reference.js/', '/DOCS']) {
    const { status, body } = await api.request(path, {});
    assert.equal(status, 404, path);
    assert.equal(
      Object(body.fault).faultstring,
      `Unable to identify proxy for host: secure and url: ${path}`,
    );
  }
  const posted = await api.request('/docs', { method: 'POST' });
  assert.equal(posted.status, 404);
  assert.deepEqual(
    api.outcomes.slice(before).map(({ outcome, kind }) => [outcome, kind]),
    Array(5).fill(['refused', 'unknown_path']),
  );
});
