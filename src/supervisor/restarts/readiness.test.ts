import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Readiness } from './readiness.ts';

let status = 200;
let body = '';
const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());
const admin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function healthWith(answer: object | string, code = 200) {
  [status, body] = [code, typeof answer === 'string' ? answer : JSON.stringify(answer)];
  const readiness = new Readiness();
  await readiness.askAll([{ name: 'api-1', admin }]);
  return readiness.health('api-1', admin);
}

test('a process that is ready and answers well is healthy; one that is not ready, or says nothing of use, is not', async () => {
  assert.equal(await healthWith({ ready: true, answers: { answered: 100, failed: 2 } }), 'good');
  assert.equal(await healthWith({ ready: true }), 'good', 'it counts no answers');
  assert.equal(await healthWith({ ready: false }, 503), 'bad');
  assert.equal(await healthWith('no JSON'), 'bad');
});

test('a process that is ready but fails a good share of what it is asked is not healthy', async () => {
  assert.equal(await healthWith({ ready: true, answers: { answered: 100, failed: 11 } }), 'bad');
  assert.equal(await healthWith({ ready: true, answers: { answered: 100, failed: 10 } }), 'good');
  assert.equal(await healthWith({ ready: true, answers: { answered: 19, failed: 19 } }), 'good', 'too few');
});

test('what was never answered, or by another process, is not known', async () => {
  const readiness = new Readiness();
  assert.equal(readiness.health('api-1', admin), 'unknown');
  [status, body] = [200, '{"ready":true}'];
  await readiness.askAll([{ name: 'api-1', admin }]);
  assert.equal(readiness.health('api-1', 'http://127.0.0.1:1'), 'unknown');
});
