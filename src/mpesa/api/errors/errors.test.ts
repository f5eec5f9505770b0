import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../operations.ts';
import {
  blamed,
  clientFaultForm,
  type Failure,
  type Family,
  families,
  familyOfPath,
  fault,
  refusal,
  refusalForm,
  unknownPath,
} from './errors.ts';

const noProxy = (path: string) => ({
  fault: {
    faultstring: `Unable to identify proxy for host: secure and url: ${path}`,
    detail: { errorcode: 'messaging.adaptors.http.flow.ApplicationNotFound' },
  },
});

const columns: Family[] = ['stk', 'b2c', 'c2b', 'pull', 'billManager'];

/** `status code message` of each family, in the order of `columns`; a detail is written `X`. */
const table: Record<Failure, string[]> = {
  invalidToken: [
    '404 404.001.03 Invalid Access Token',
    '401 401.002.01 Error Occurred - Invalid Access Token - X',
    '400 400.003.01 Invalid Access Token',
    '401 401.001 Invalid Access Token',
    '401 401 Unauthorized - Invalid Access Token',
  ],
  invalidField: [
    '400 400.002.02 Bad Request - Invalid X',
    '400 400.002.02 Bad Request - Invalid X',
    '400 400.003.02 Bad Request - Invalid X',
    '400 400.001 Bad Request - Invalid X',
    '409 409 Invalid X',
  ],
  malformedBody: [
    '400 400.002.05 Invalid Request Payload',
    '400 400.002.05 Invalid Request Payload',
    '400 400.002.05 Invalid Request Payload',
    '400 400.001 Invalid Request Payload',
    '409 409 Invalid Request Payload',
  ],
  unknownPath: [
    '404 404.001.01 Resource not found',
    '404 404.002.01 Resource not found',
    '404 404.003.01 Resource not found',
    '404 404.001.01 Resource not found',
    '404 404 Resource not found',
  ],
  wrongMethod: [
    '405 405.001 X Method Not Allowed',
    '405 405.001 X Method Not Allowed',
    '404 404.001.04 Invalid Authentication Header',
    '405 405.001 X Method Not Allowed',
    '405 405 X Method Not Allowed',
  ],
  internal: [
    '500 500.001.1001 Internal Server Error',
    '500 500.002.1001 Internal Server Error',
    '500 500.003.1001 Internal Server Error',
    '500 500 Internal Server Error',
    '500 500 Internal Server Error',
  ],
  maintenance: [
    '500 500.001.1001 Service is currently under maintenance. Please try again later',
    '500 500.002.1001 Service is currently under maintenance. Please try again later',
    '500 500.003.1001 Service is currently under maintenance. Please try again later',
    '500 500 Service is currently under maintenance. Please try again later',
    '500 500 Service is currently under maintenance. Please try again later',
  ],
  busy: [
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500 System is busy. Please try again in few minutes.',
  ],
  spikeArrest: [
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500 Error Occurred: Spike Arrest Violation',
  ],
  quota: [
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500 Error Occurred: Quota Violation',
  ],
};

test('each failure has the code, status and text of its family', () => {
  assert.deepEqual(Object.keys(families).sort(), Object.keys(table).sort());
  for (const failure of Object.keys(table) as Failure[]) {
    const told = columns.map((family) => {
      const { status, body } = refusal(family, failure, 'X');
      const { errorCode, errorMessage, rescode, resmsg } = JSON.parse(body);
      return `${status} ${errorCode ?? rescode} ${errorMessage ?? resmsg}`;
    });
    assert.deepEqual(told, table[failure], failure);
  }
});

test('Bill Manager answers in its own form, but for a bad token', () => {
  assert.deepEqual(Object.keys(JSON.parse(refusal('billManager', 'internal').body)), ['rescode', 'resmsg']);
  const token = Object.keys(JSON.parse(refusal('billManager', 'invalidToken').body));
  assert.deepEqual(token, ['requestId', 'errorCode', 'errorMessage']);
});

test('what a caller sent is quoted as text, whatever is in it', () => {
  const { body } = refusal('b2c', 'invalidToken', `$&"\\\u0001{}`);
  assert.equal(JSON.parse(body).errorMessage, `Error Occurred - Invalid Access Token - $&"\\\u0001{}`);
});

test('a path belongs to the family of its product', () => {
  const paths: [string, Family][] = [
    [operations.stkPush.path, 'stk'],
    ['/mpesa/reversal/v1/request', 'stk'],
    ['/mpesa/b2c/v3/paymentrequest', 'b2c'],
    ['/mpesa/accountbalance/v1/query', 'b2c'],
    ['/mpesa/c2b/v2/registerurl', 'c2b'],
    ['/mpesa/b2b/v1/remittax', 'c2b'],
    ['/mpesa/transactionstatus/v1/query', 'c2b'],
    ['/pulltransactions/v1/query', 'pull'],
    ['/mpesa/b2c/hakikisha/v1/hakikisha', 'pull'],
    ['/v1/billmanager-invoice/optin', 'billManager'],
    ['/mpesa/qrcode/v1/generate', 'c2b'],
  ];
  for (const [path, family] of paths) assert.equal(familyOfPath(path), family, path);
});

test('outside every API the gateway says that nothing is there, in its own form', () => {
  for (const path of ['/', '/nothing', '/mpesa/stkpush', '/mpesa/nothing/v1/query', '/MPESA/stkpush/v1/x']) {
    const { status, body } = unknownPath(path);
    assert.deepEqual([status, JSON.parse(body)], [404, noProxy(path)]);
  }
  const inside = JSON.parse(unknownPath('/mpesa/b2c/v9/paymentrequest').body);
  assert.deepEqual([inside.errorCode, inside.errorMessage], ['404.002.01', 'Resource not found']);
});

test('a target that is not written as a path is outside every API', () => {
  const { status, body } = refusalForm(undefined, 'not_found', '/mpesa/stkpush/v1/process%72equest');
  assert.deepEqual([status, JSON.parse(body)], [404, noProxy('/mpesa/stkpush/v1/process%72equest')]);
});

test("what is no whole request is answered in the form of the API it was for, else in the gateway's", () => {
  const known = clientFaultForm('too_slow', operations.stkPush.path);
  assert.deepEqual([known.status, JSON.parse(known.body).errorCode], [408, '400.002.05']);
  const unknown = clientFaultForm('header_too_large', undefined);
  const { detail } = JSON.parse(unknown.body).fault;
  assert.deepEqual([unknown.status, detail], [431, { errorcode: 'protocol.http.TooBigHeaders' }]);
});

test('R12: each reason to refuse has its answer in the form of the product', () => {
  const told = (reason: Parameters<typeof refusalForm>[1]) => {
    const { status, body } = refusalForm(operations.stkPush, reason, operations.stkPush.path);
    return [status, JSON.parse(body).errorCode];
  };
  assert.deepEqual(told('overloaded'), [500, '500.003.02']);
  assert.deepEqual(told('draining'), [500, '500.003.02']);
  assert.deepEqual(told('product_off'), [500, '500.001.1001']);
  assert.deepEqual(told('deadline'), [500, '500.001.1001']);
  assert.deepEqual(told('misrouted'), [500, '500.001.1001']);
  assert.equal(refusalForm(undefined, 'overloaded', '/nothing').status, 404);
  assert.equal(refusalForm(undefined, 'misrouted', '/nothing').status, 500);
});

test('the internal code carries other texts too', () => {
  const { requestId, ...rest } = JSON.parse(fault('stk', 'Wrong credentials', blamed.wrongCredentials).body);
  assert.ok(requestId);
  assert.deepEqual(rest, { errorCode: '500.001.1001', errorMessage: 'Wrong credentials' });
});

test('a known API that is not built says so, in its own form', () => {
  const b2c = unknownPath('/mpesa/b2c/v3/paymentrequest');
  assert.equal(b2c.status, 404);
  const { errorCode, errorMessage } = JSON.parse(b2c.body);
  assert.equal(errorCode, '404.002.01');
  assert.match(errorMessage, /^Resource not found: B2C is not built in Imara yet/);
  const bill = JSON.parse(unknownPath('/v1/billmanager-invoice/optin').body);
  assert.equal(bill.rescode, '404');
  assert.match(bill.resmsg, /Bill Manager is not built/);
});
