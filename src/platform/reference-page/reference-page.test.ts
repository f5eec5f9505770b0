import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fastify from 'fastify';
import { referencePage } from './reference-page.ts';

let made = 0;
const app = fastify();
await app.register(
  referencePage({
    title: 'Sample <API>',
    document: () => {
      made += 1;
      return { openapi: '3.1.0', info: { title: 'Sample', version: '1' }, paths: {} };
    },
  }),
);
after(() => app.close());

test('the document is made when it is first read, and once', async () => {
  assert.equal(made, 0);
  for (const _ of [1, 2]) {
    const answer = await app.inject('/openapi.json');
    assert.equal(answer.json().openapi, '3.1.0');
    assert.match(String(answer.headers['content-type']), /^application\/json/);
  }
  assert.equal(made, 1);
});

test('the page and its script come from here, and the browser may fetch nothing from elsewhere', async () => {
  const [page, again] = await Promise.all([app.inject('/docs'), app.inject('/docs')]);
  assert.equal(page.statusCode, 200);
  assert.equal(again.body, page.body);
  const scripts = [...page.body.matchAll(/<(?:script|link|img)[^>]*(?:src|href)="([^"]*)"/g)].map(
    ([, from]) => from,
  );
  assert.deepEqual(scripts, ['./docs/reference.js']);
  assert.match(page.body, /"url": "\.\/openapi\.json"/);
  assert.match(page.body, /"telemetry": false/);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*connect-src 'self'/);
  const script = await app.inject('/docs/reference.js');
  assert.match(String(script.headers['content-type']), /^text\/javascript/);
  assert.ok(script.body.length > 1_000_000, `${script.body.length} bytes`);
});
