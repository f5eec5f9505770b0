import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { Deadline } from '../platform/deadline.ts';
import { ask } from './ask.ts';
import { defaultDeliverySettings } from './settings.ts';

const local = { ...defaultDeliverySettings, allowPrivateTargets: true, allowPlainHttp: true };
const server = createServer((request, response) => {
  if (request.url === '/hangs') response.writeHead(200).write('{"ResultCode":');
  else if (request.url === '/fails') response.writeHead(500).end('{"ResultCode":"0"}');
  else response.end('{"ResultCode":"C2B00012","ResultDesc":"Kataa €"}');
}).listen(0, '127.0.0.1');
after(() => {
  server.close();
  server.closeAllConnections();
});
await new Promise((resolve) => server.once('listening', resolve));
const at = (path: string) => ({
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
  headers: {},
  body: '{}',
});

test('what a receiver answers is given as it is, with how asking ended', async () => {
  const { outcome, text } = await ask(at('/'), local, Deadline.in(5_000));
  assert.equal(outcome.kind, 'delivered');
  assert.equal(text, '{"ResultCode":"C2B00012","ResultDesc":"Kataa €"}');
  const failed = await ask(at('/fails'), local, Deadline.in(5_000));
  assert.deepEqual([failed.outcome.kind, failed.text], ['rejected', '{"ResultCode":"0"}']);
});

test('R1: a receiver that says half a sentence is waited for until the deadline, and no longer', async () => {
  const startedAt = performance.now();
  const { text } = await ask(at('/hangs'), local, Deadline.in(200));
  assert.ok(performance.now() - startedAt < 3_000);
  assert.equal(text, '{"ResultCode":');
});

test('a private address is refused where the rules say so, and nobody is asked', async () => {
  const { outcome, text } = await ask(
    at('/'),
    { ...local, allowPrivateTargets: false, allowedPorts: [] },
    Deadline.in(5_000),
  );
  assert.deepEqual([outcome.kind, text], ['refused', '']);
});
