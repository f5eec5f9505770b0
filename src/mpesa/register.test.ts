import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerOf,
  errorOf,
  OAUTH,
  PUSH,
  pushBody,
  QUERY,
  startMpesaApi,
  stubAuth,
} from '../../test/mpesa/mpesa-api.ts';

let verdict: 'ok' | 'spike' | 'quota' = 'ok';
const api = await startMpesaApi({
  quota: () => verdict,
  auth: stubAuth({
    verify: (token) => {
      if (token === 'throws') return Promise.reject(new Error('a fault of the client library'));
      if (token === 'unavailable') return Promise.resolve({ ok: false, reason: 'unavailable' });
      return stubAuth().verify(token, undefined as never);
    },
  }),
});
const firstField = [400, '400.002.02', 'Bad Request - Invalid BusinessShortCode'];
const malformed = [400, '400.002.05', 'Invalid Request Payload'];

const raw = async (bytes: string) => answerOf(await api.raw(bytes));

const head = (lines: string[]) =>
  `${[`POST ${PUSH} HTTP/1.1`, 'Host: x', 'Authorization: Bearer good', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`;

test('a body of another content type has no fields: the first one is missed', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'nonsense',
    ';;;',
  ]) {
    for (const path of [PUSH, QUERY]) {
      const answer = await api.post(path, pushBody(), { 'content-type': type });
      assert.deepEqual(errorOf(answer), firstField, type);
    }
  }
  const none = await raw(head(['Content-Length: 0']));
  assert.deepEqual([none.status, none.body.errorMessage], [400, 'Bad Request - Invalid BusinessShortCode']);
});

test('JSON with a charset is JSON', async () => {
  const type = { 'content-type': 'Application/JSON; charset=UTF-8' };
  assert.equal((await api.post(PUSH, pushBody({ PhoneNumber: '254711000001' }), type)).status, 200);
});

test('a body that is not a JSON object is an invalid payload', async () => {
  for (const body of ['', '{', '{"a":1,}', '[]', '"text"', 'null', '1', '\uFEFF{}', '{"a":1}}', '<xml/>']) {
    assert.deepEqual(errorOf(await api.post(PUSH, body)), malformed, body);
  }
});

test('text that is not UTF-8 is refused, not stored as other characters', async () => {
  const body = JSON.stringify(pushBody({ AccountReference: 'cafX' }));
  for (const byte of [0xe9, 0xff, 0xc0]) {
    const bytes = Buffer.from(body);
    bytes[bytes.indexOf('X')] = byte;
    const type = ['Content-Type: application/json; charset=ISO-8859-1', `Content-Length: ${bytes.length}`];
    const { status, body: answer } = answerOf(await api.raw(Buffer.concat([Buffer.from(head(type)), bytes])));
    assert.deepEqual([status, answer.errorCode, answer.errorMessage], malformed);
  }
  const half = await api.post(PUSH, JSON.stringify(pushBody()).replace('CompanyXLTD', 'a\\ud800b'));
  assert.deepEqual(errorOf(half), [400, '400.002.02', 'Bad Request - Invalid AccountReference']);
});

test('a body cut by a Content-Length that counts characters is an invalid payload', async () => {
  const body = JSON.stringify(pushBody({ AccountReference: 'Ñandú ñandú' }));
  const lines = ['Content-Type: application/json', `Content-Length: ${body.length}`];
  const { status, body: answer } = await raw(head(lines) + body);
  assert.deepEqual([status, answer.errorCode, answer.errorMessage], malformed);
});

test('an oversize body is refused without being read', async () => {
  const huge = await raw(head(['Content-Type: application/json', 'Content-Length: 9999999999']));
  assert.deepEqual([huge.status, huge.body.errorCode, huge.body.errorMessage], malformed);
  const chunked = head(['Content-Type: application/json', 'Transfer-Encoding: chunked']);
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const streamed = await raw(`${chunked}${chunk}${chunk}0\r\n\r\n`);
  assert.deepEqual([streamed.status, streamed.body.errorCode, streamed.body.errorMessage], malformed);
});

test('another method is not allowed, on each path', async () => {
  for (const [path, methods] of [
    [PUSH, ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']],
    [`${QUERY}?a=b`, ['GET']],
    [OAUTH, ['POST', 'DELETE']],
  ] as const) {
    for (const method of methods) {
      const answer = await api.request(path, { method, headers: { 'content-type': 'application/json' } });
      assert.deepEqual(errorOf(answer), [405, '405.001', `${method} Method Not Allowed`], path);
    }
  }
});

test('an unknown path is told so in the form of its family, whatever is sent to it', async () => {
  const paths: [string, string][] = [
    ['/mpesa/stkpush/v2/processrequest', '404.001.01'],
    ['/mpesa/b2c/v9/nothing', '404.002.01'],
    ['/mpesa/c2b/v9/nothing', '404.003.01'],
    [`/mpesa/stkpush/${'a'.repeat(5_000)}`, '404.001.01'],
  ];
  for (const [path, code] of paths) {
    for (const body of ['{', '{}', 'x'.repeat(70_000)]) {
      assert.deepEqual(errorOf(await api.post(path, body)), [404, code, 'Resource not found'], path);
    }
  }
});

test('every call needs a good token, before anything else is looked at', async () => {
  const refused = [404, '404.001.03', 'Invalid Access Token'];
  for (const path of [PUSH, QUERY]) {
    for (const authorization of [
      '',
      'good',
      'Bearer',
      'Bearer ',
      'Basic good',
      'Bearer bad',
      'Bearer good x',
    ]) {
      assert.deepEqual(errorOf(await api.post(path, '{', { authorization })), refused, authorization);
    }
    const anyCase = await api.post(path, '{', { authorization: 'bEARER good' });
    assert.deepEqual(errorOf(anyCase), malformed);
  }
});

test('R1: a token that nobody can check now is not called bad', async () => {
  for (const token of ['unavailable', 'throws']) {
    const answer = await api.post(PUSH, pushBody(), { authorization: `Bearer ${token}` });
    assert.deepEqual(errorOf(answer), [500, '500.001.1001', 'Internal Server Error']);
    assert.equal(answer.headers.get('retry-after'), '5');
  }
});

test('an app over its rate or its quota is told which', async () => {
  verdict = 'spike';
  const spike = errorOf(await api.post(PUSH, pushBody()));
  verdict = 'quota';
  const quota = errorOf(await api.post(PUSH, pushBody()));
  verdict = 'ok';
  assert.deepEqual(spike, [500, '500.003.02', 'Error Occurred: Spike Arrest Violation']);
  assert.deepEqual(quota, [500, '500.003.03', 'Error Occurred: Quota Violation']);
});

test('what is not HTTP is answered in the form of the API it was for, else in that of the gateway', async () => {
  const garbage = await raw('this is not http\r\n\r\n');
  const { fault } = garbage.body as { fault: { detail: unknown } };
  assert.deepEqual([garbage.status, fault.detail], [400, { errorcode: 'protocol.http.BadRequest' }]);
  const header = await raw(`${head([`X: ${'x'.repeat(40_000)}`])}`);
  assert.deepEqual([header.status, header.body.errorCode], [431, '400.002.05']);
});
