import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, test } from 'node:test';
import { generate } from 'selfsigned';
import { receiver, tcpReceiver, tlsReceiver } from '../../../test/mpesa/nasty-receivers.ts';
import { until } from '../../../test/until.ts';
import { Deadline } from '../../platform/deadline.ts';
import { defaultDeliverySettings, type SendRules } from '../settings.ts';
import type { Outcome } from '../types.ts';
import { KeptConnections } from './kept.ts';
import { send } from './send.ts';

const local: SendRules = { ...defaultDeliverySettings, allowPrivateTargets: true, allowPlainHttp: true };

function sender() {
  const connections = new KeptConnections();
  after(() => connections.close());
  return async (url: string, rules = local, timeoutMs = 5_000): Promise<Outcome> => {
    const outcomes: Outcome[] = [];
    const told = (outcome: Outcome) => void outcomes.push(outcome);
    await send({ url, headers: {}, body: '{}' }, rules, Deadline.in(timeoutMs), told, connections);
    const [outcome, ...more] = outcomes;
    assert.ok(outcome !== undefined && more.length === 0, 'an attempt has exactly one outcome');
    return outcome;
  };
}

/** Answers each callback by `answer`, which gets how many came before on the connection, and on all. */
async function counting(answer: (socket: Socket, onIt: number, onAll: number) => void) {
  let [connections, requests] = [0, 0];
  const { port } = await tcpReceiver((socket) => {
    let onIt = 0;
    connections += 1;
    socket.on('data', () => {
      answer(socket, onIt, requests);
      onIt += 1;
      requests += 1;
    });
  });
  return { url: `http://localhost:${port}/`, connections: () => connections, requests: () => requests };
}

const ok = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

test('callbacks one after the other go over one connection, and each says where it went', async () => {
  const attempt = sender();
  const shop = await counting(ok);
  for (let n = 0; n < 3; n++) {
    const { kind, address } = await attempt(shop.url);
    assert.deepEqual([kind, address], ['delivered', '127.0.0.1']);
  }
  assert.deepEqual([shop.connections(), shop.requests()], [1, 3]);
});

test('callbacks at once have a connection each', async () => {
  const attempt = sender();
  const shop = await counting((socket) => setTimeout(ok, 50, socket));
  await Promise.all([attempt(shop.url), attempt(shop.url), attempt(shop.url)]);
  assert.equal(shop.connections(), 3);
});

test('so do secure ones, with one handshake', async () => {
  const attempt = sender();
  const keys = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const shop = await tlsReceiver({ key: keys.private, cert: keys.cert });
  const trusting = { ...local, ca: keys.cert };
  const url = `https://localhost:${shop.port}/`;
  for (let n = 0; n < 3; n++) assert.equal((await attempt(url, trusting)).kind, 'delivered');
  assert.deepEqual([shop.received.length, shop.connections()], [3, 1]);
  // What was trusted is not any more: the connection is not either.
  assert.equal((await attempt(url)).kind, 'connection');
});

test('a kept connection that is closed as we write to it is no failure of the receiver', async () => {
  const attempt = sender();
  const shop = await counting((socket, onIt) => (onIt === 0 ? ok(socket) : socket.destroy()));
  assert.equal((await attempt(shop.url)).kind, 'delivered');
  assert.equal((await attempt(shop.url)).kind, 'delivered');
  assert.deepEqual([shop.connections(), shop.requests()], [2, 3]);
});

test('a receiver that closes new ones too has failed once', async () => {
  const attempt = sender();
  const shop = await counting((socket, _, onAll) => (onAll === 0 ? ok(socket) : socket.destroy()));
  assert.equal((await attempt(shop.url)).kind, 'delivered');
  const { kind, status } = await attempt(shop.url);
  assert.deepEqual([kind, status], ['connection', null]);
  assert.equal(shop.requests(), 3);
});

test('R1: a receiver that hangs on a kept connection is left at the deadline, and not asked again', async () => {
  const attempt = sender();
  const shop = await counting((socket, onIt) => onIt === 0 && ok(socket));
  await attempt(shop.url);
  const { kind, reason } = await attempt(shop.url, local, 250);
  assert.deepEqual([kind, reason], ['timeout', 'deadline passed while waiting for the answer']);
  assert.deepEqual([shop.connections(), shop.requests()], [1, 2]);
});

test('an idle connection is closed soon, and under other rules none is used', async () => {
  const attempt = sender();
  const shop = await receiver();
  const url = `http://localhost:${shop.port}/`;
  await attempt(url);
  assert.equal(shop.connections(), 1);
  assert.equal(
    (await attempt(url, { ...local, allowPrivateTargets: false, allowedPorts: [shop.port] })).kind,
    'refused',
  );
  await until('it is closed', () => shop.connections() === 0);
  await attempt(url);
  await until('it is closed', () => shop.connections() === 0);
  assert.equal(shop.received.length, 2);
});
