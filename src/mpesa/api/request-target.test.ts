import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf, PUSH, pushBody, startMpesaApi } from '../../../test/mpesa/mpesa-api.ts';

const api = await startMpesaApi();

/** Ways to write the push's target that Node's parser takes, beside the one that is the path. */
const otherWays = [
  '/mpesa/stkpush/v1/process%72equest',
  '/mpesa/stkpush/v1/process%2572equest',
  '/%6dpesa/stkpush/v1/processrequest',
  '/mpesa%2fstkpush/v1/processrequest',
  '//mpesa/stkpush/v1/processrequest',
  '/mpesa//stkpush/v1/processrequest',
  '/mpesa/stkpush/v1/processrequest/',
  '/mpesa/stkpush/v1/processrequest//',
  '/./mpesa/stkpush/v1/processrequest',
  '/mpesa/x/../stkpush/v1/processrequest',
  '/mpesa/stkpush/v1/%2e/processrequest',
  '/mpesa/stkpush/v1/processrequest/.',
  '/mpesa/stkpush/v1/processrequest/x/..',
  '/mpesa/stkpush/v1/processrequest;a=1',
  '/mpesa/stkpush;a=1/v1/processrequest',
  '/mpesa/stkpush/v1/processrequest#',
  '/mpesa/stkpush/v1/processrequest#x?y',
  '/mpesa/stkpush/v1/processrequest?a#b',
  '/mpesa\\stkpush\\v1\\processrequest',
  '/mpesa/stkpush/v1/processrequest\\',
  '/mpesa/stkpush/v1/processrequest%00',
  '/mpesa/stkpush/v1/processrequest%20',
  '/mpesa/stkpush/v1/processrequest%ff',
  '/mpesa/stkpush/v1/processrequest%0a',
  '/mpesa/stkpush/v1/processrequest%3fa',
  '/mpesa/stkpush/v1/processrequest%zz',
  '/mpesa/stkpush/v1/processrequest%',
  '/mpesa/stkpush/v1/processrequest+',
  '/mpesa/stkpush/v1/processrequest:80',
  '*',
  'http:///mpesa/stkpush/v1/processrequest',
  'http://user@x/mpesa/stkpush/v1/processrequest',
  'http://x/mpesa/stkpush/v1/process%72equest',
  'http://x//mpesa/stkpush/v1/processrequest',
  'http://x?/mpesa/stkpush/v1/processrequest',
  'ftp://x/mpesa/stkpush/v1/processrequest',
  'ws://x/mpesa/stkpush/v1/processrequest',
];
/** The path, or a path whose letters differ: nothing about them is unclear. */
const theWay = [PUSH, `${PUSH}?`, `${PUSH}?a=%zz&b=c;d`, `http://x:1${PUSH}`, `HTTPS://[::1]${PUSH}?a=b`];
const otherPaths = [PUSH.toUpperCase(), '/mpesa/stkpush/v1/ProcessRequest', '/handset/v1/phones'];

let phones = 0;

async function push(target: string, version = '1.1') {
  phones += 1;
  const msisdn = `2547130${String(phones).padStart(5, '0')}`;
  const body = JSON.stringify(pushBody({ PhoneNumber: msisdn, PartyA: msisdn }));
  const head = [
    `POST ${target} HTTP/${version}`,
    'Host: x',
    'Authorization: Bearer good',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  return answerOf(await api.raw(`${head.join('\r\n')}\r\n\r\n${body}`));
}

async function taken(): Promise<number> {
  const { rows } = await api.database.query<{ count: string }>('select count(*) from mpesa.stk_push');
  return Number(rows[0]?.count);
}

const notThere = (target: string) => ({
  status: 404,
  body: {
    fault: {
      faultstring: `Unable to identify proxy for host: secure and url: ${target}`,
      detail: { errorcode: 'messaging.adaptors.http.flow.ApplicationNotFound' },
    },
  },
});

test('a target has one way to be written; every other one is answered 404 by the gateway', async () => {
  for (const target of otherWays) assert.deepEqual(await push(target), notThere(target), target);
  assert.equal(await taken(), 0);
  for (const version of ['1.1', '1.0']) {
    for (const target of theWay) assert.equal((await push(target, version)).status, 200, target);
  }
  assert.equal(await taken(), 2 * theWay.length);
});

test('with the switch off no way to write the target is taken', async () => {
  const before = await taken();
  api.release({ stk: { enabled: false } });
  for (const target of theWay) {
    const { status, body } = await push(target);
    assert.deepEqual(
      [status, body.errorMessage],
      [500, 'Service is currently under maintenance. Please try again later'],
      target,
    );
  }
  for (const target of [...otherWays, ...otherPaths]) {
    assert.equal((await push(target)).status, 404, target);
  }
  api.release({});
  assert.equal(await taken(), before);
});

test('what is not taken is counted as no product of ours', async () => {
  await push('/mpesa/stkpush/v1/process%72equest');
  const routes = (await api.registry.metrics()).matchAll(/_count\{[^}]*http_route="([^"]*)"/g);
  assert.deepEqual([...new Set([...routes].map(([, route]) => route))].sort(), [PUSH, 'unknown']);
});
