import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { answerOf, OAUTH, PUSH, pushBody, startMpesaApi } from '../../../test/mpesa/mpesa-api.ts';
import { until } from '../../../test/until.ts';

const api = await startMpesaApi();

function push(msisdn: string, lines: string[] = ['Host: x'], version = '1.1'): string {
  const body = JSON.stringify(pushBody({ PhoneNumber: msisdn, PartyA: msisdn }));
  const head = [
    `POST ${PUSH} HTTP/${version}`,
    ...lines,
    'Authorization: Bearer good',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const openPushes = async (msisdn: string) =>
  (await api.database.query('select from mpesa.stk_push where msisdn = $1', [msisdn])).rowCount;

const malformed = { errorCode: '400.002.05', errorMessage: 'Invalid Request Payload' };

function family({ status, body: { requestId, ...rest } }: ReturnType<typeof answerOf>) {
  assert.ok(requestId);
  return { status, ...rest };
}

test('a client that closes its side after a whole request gets its answer', async () => {
  const { status, body } = answerOf(await api.raw(push('254713100001'), { fin: true }));
  assert.deepEqual([status, body.ResponseCode], [200, '0']);
});

test('a client that closes its side within a request is told that it was none, and nothing is taken', async () => {
  const whole = push('254713100002');
  const cut = answerOf(await api.raw(whole.slice(0, -10), { fin: true }));
  assert.deepEqual(family(cut), { status: 400, ...malformed });
  assert.equal(await openPushes('254713100002'), 0);
});

test('a client that resets its connection keeps nothing of the server', async () => {
  const socket = connect({ port: api.port, host: '127.0.0.1' }).on('error', () => {});
  await once(socket, 'connect');
  socket.write(push('254713100003').slice(0, -10));
  socket.resetAndDestroy();
  await until('no connection is left', async () => (await connections()) === 0);
});

test('HTTP/1.1 without Host is a malformed request of its API; HTTP/1.0 needs none', async () => {
  const without = answerOf(await api.raw(push('254713100004', ['Connection: close'])));
  assert.deepEqual(family(without), { status: 400, ...malformed });
  assert.equal(await openPushes('254713100004'), 0);
  const nowhere = answerOf(await api.raw('GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n'));
  assert.deepEqual(nowhere.body, {
    fault: { faultstring: 'Bad Request', detail: { errorcode: 'protocol.http.BadRequest' } },
  });
  assert.equal(answerOf(await api.raw(push('254713100005', [], '1.0'))).status, 200);
});

test('what Node refuses by itself is answered in the form of the API it was for', async () => {
  const host = `POST ${PUSH} HTTP/1.1\r\nHost: x\r\n`;
  for (const lines of [
    'Bad Header\r\n',
    'X: a\u0001b\r\n',
    'Content-Length: x\r\n',
    'Transfer-Encoding: chunked\r\nContent-Length: 2\r\n',
    'Transfer-Encoding: gzip\r\n',
    'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
  ]) {
    assert.deepEqual(
      family(answerOf(await api.raw(`${host}${lines}\r\n{}`))),
      { status: 400, ...malformed },
      lines,
    );
  }
  const large = answerOf(await api.raw(`${host}X: ${'x'.repeat(40_000)}\r\n\r\n`));
  assert.deepEqual(family(large), { status: 431, ...malformed });
  const slow = answerOf(await api.raw(push('254713100006').slice(0, -10)));
  assert.deepEqual(family(slow), { status: 408, ...malformed });
});

test('methods that Node treats in its own way are answered like any other', async () => {
  const gateway = answerOf(await api.raw('CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n'));
  assert.match(JSON.stringify(gateway.body), /Unable to identify proxy for host: secure and url: x:443/);
  assert.equal(gateway.status, 404);
  const ends = 'Host: x\r\nConnection: close\r\n\r\n';
  for (const method of ['TRACE', 'OPTIONS', 'QUERY', 'M-SEARCH']) {
    const { status, body } = answerOf(await api.raw(`${method} ${PUSH} HTTP/1.1\r\n${ends}`));
    assert.deepEqual(
      [status, body.errorCode, body.errorMessage],
      [405, '405.001', `${method} Method Not Allowed`],
    );
  }
  const star = answerOf(await api.raw(`OPTIONS * HTTP/1.1\r\n${ends}`));
  assert.equal(star.status, 404);
  const upgrade = ['Host: x', 'Upgrade: websocket', 'Connection: upgrade, close'];
  assert.equal(answerOf(await api.raw(push('254713100007', upgrade))).status, 200);
  const expecting = ['Host: x', 'Expect: 100-continue', 'Connection: close'];
  assert.match(
    await api.raw(push('254713100008', expecting)),
    /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/,
  );
  const unknown = ['Host: x', 'Expect: wonders', 'Connection: close'];
  assert.equal(answerOf(await api.raw(push('254713100009', unknown))).status, 200);
});

test('requests sent together are answered one after the other; garbage behind them takes nothing away', async () => {
  const three = ['254713100010', '254713100011', '254713100012'].map((msisdn) => push(msisdn)).join('');
  const answers = (await api.raw(`${three}GARBAGE\r\n\r\n`)).match(/HTTP\/1.1 (\d+)|"ResponseCode":"0"/g);
  assert.deepEqual(answers, Array(3).fill(['HTTP/1.1 200', '"ResponseCode":"0"']).flat());
});

test('what stands behind a request that ends the connection is not taken', async () => {
  const first = push('254713100013', ['Host: x', 'Connection: close']);
  assert.equal((await api.raw(first + push('254713100014'))).match(/HTTP\/1.1/g)?.length, 1);
  assert.equal(await openPushes('254713100014'), 0);
});

test('over the requests of a connection nothing is answered by Node: the last one ends it', async () => {
  api.limits({ maxRequestsPerConnection: 2 });
  const token = `GET ${OAUTH}?grant_type=x HTTP/1.1\r\nHost: x\r\n\r\n`;
  const received = await api.raw(token.repeat(4));
  api.limits({ maxRequestsPerConnection: 10_000 });
  assert.deepEqual(received.match(/HTTP\/1.1 \d+|Connection: close/gi), [
    'HTTP/1.1 400',
    'HTTP/1.1 400',
    'Connection: close',
  ]);
});

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    api.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  );
}
