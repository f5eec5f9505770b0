import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { after, test } from 'node:test';
import { createServer as createTls } from 'node:tls';
import { generate } from 'selfsigned';
import { TooLate, within } from '../loop/within.ts';
import { checkClock } from './clock.ts';
import { checkDisk } from './disk.ts';
import { checkDns } from './dns.ts';
import { checkHttp } from './http.ts';
import { openPayments } from './payment.ts';
import { checkTcp } from './tcp.ts';
import { checkTls } from './tls.ts';

const host = '127.0.0.1';

async function listening(server: Server): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const http = (handler: RequestListener) => listening(createServer(handler));
/** Why a check fails; `well`: it does not. */
const why = (check: (signal: AbortSignal) => Promise<void>) =>
  within(5_000, 'it', check).then(
    () => 'well',
    (error: Error) => error.message,
  );

test('an address answers, with what it should', async () => {
  const port = await http((request, response) =>
    response.writeHead(request.url === '/bad' ? 500 : 200).end('all well'),
  );
  const url = `http://localhost:${port}`;
  assert.equal(await why((signal) => checkHttp({ url, below: 400, text: 'well' }, signal)), 'well');
  assert.match(
    await why((signal) => checkHttp({ url, below: 400, text: 'ill' }, signal)),
    /does not hold "ill"/,
  );
  assert.equal(await why((signal) => checkHttp({ url: `${url}/bad`, below: 400 }, signal)), 'it answers 500');
  assert.equal(await why((signal) => checkTcp({ host, port }, signal)), 'well');
  assert.match(await why((signal) => checkTcp({ host, port: 1 }, signal)), /ECONNREFUSED/);
});

test('R1: what never answers has failed when its time is over', async () => {
  const port = await http(() => {});
  const check = (signal: AbortSignal) => checkHttp({ url: `http://${host}:${port}`, below: 400 }, signal);
  await assert.rejects(within(50, 'it', check), TooLate);
});

test('a certificate that ends soon, and one that nobody trusts', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
  });
  const port = await listening(createTls({ key, cert }, (socket) => socket.on('error', () => {})));
  const tls = (days: number, trust: boolean) =>
    why((signal) => checkTls({ host: 'localhost', port, days, trust }, signal, Date.now));
  assert.equal(await tls(14, false), 'well');
  assert.match(await tls(3_650, false), /good for \d+ days more/);
  assert.match(await tls(14, true), /self-signed/);
});

test('a clock that is away from that of a time server', async () => {
  const server = createSocket('udp4');
  server.on('message', (_, { port, address }) => {
    const answer = Buffer.alloc(48);
    answer.writeUInt32BE(Math.floor(Date.now() / 1_000) + 2_208_988_800, 40);
    answer.writeUInt32BE(Math.floor(((Date.now() % 1_000) / 1_000) * 2 ** 32), 44);
    server.send(answer, port, address);
  });
  server.bind(0, host);
  await once(server, 'listening');
  after(() => server.close());
  const { port } = server.address();
  const clock = (wall: () => number) =>
    why((signal) => checkClock({ host, port, offsetMs: 4_000 }, signal, wall));
  assert.equal(await clock(Date.now), 'well');
  assert.match(await clock(() => Date.now() + 60_000), /this clock is (59|60)\d{3} ms from that of/);
});

test('a disk that is full, and a name that has no address', async () => {
  assert.equal(await why(() => checkDisk({ path: '/tmp', free: 0 })), 'well');
  assert.match(await why(() => checkDisk({ path: '/tmp', free: 1 })), /% of the disk of \/tmp is free/);
  const silent = createSocket('udp4');
  silent.bind(0, host);
  await once(silent, 'listening');
  after(() => silent.close());
  const server = `${host}:${silent.address().port}`;
  await assert.rejects(
    within(100, 'it', (signal) => checkDns({ host: 'shop.example', server }, signal)),
    TooLate,
  );
});

test('a payment is a token, a push and its callback; each that fails is named', async () => {
  const mind = { token: 200, push: 200, calls: true, result: 0 };
  let tokens = 0;
  const port = await http((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      if (request.url?.startsWith('/oauth/')) {
        tokens += 1;
        response.writeHead(mind.token).end('{"access_token":"t"}');
        return;
      }
      response.writeHead(mind.push).end('{"CheckoutRequestID":"c"}');
      const { CallBackURL, BusinessShortCode, Password, Timestamp, PartyA } = JSON.parse(body);
      assert.equal(Buffer.from(Password, 'base64').toString(), `${BusinessShortCode}pass${Timestamp}`);
      assert.match(PartyA, /^25479\d{7}$/);
      const callback = { Body: { stkCallback: { CheckoutRequestID: 'c', ResultCode: mind.result } } };
      if (mind.calls) void fetch(CallBackURL, { method: 'POST', body: JSON.stringify(callback) });
    });
  });
  const payments = await openPayments({
    url: `http://${host}:${port}`,
    consumerKey: 'key',
    consumerSecret: 'secret',
    shortCode: '100100',
    passkey: 'pass',
    firstMsisdn: 254_790_000_000,
    msisdns: 10,
    shillings: 10,
    callback: { host, port: 0 },
  });
  after(() => payments.close());
  assert.equal(await why(payments.pay), 'well');
  assert.equal(await why(payments.pay), 'well');
  assert.equal(tokens, 1, 'a token is used again');
  mind.result = 1;
  assert.equal(await why(payments.pay), 'a payment ended with result 1');
  mind.calls = false;
  await assert.rejects(within(100, 'it', payments.pay), TooLate);
  mind.push = 503;
  assert.match(await why(payments.pay), /^a push is answered 503/);
  mind.token = 401;
  assert.match(await why(payments.pay), /^a token is answered 401/);
});
