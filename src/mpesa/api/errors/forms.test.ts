import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFields } from '../../../../test/mpesa/error-fields.ts';
import { type Failure, type Family, families } from './families.ts';
import { ownRefusal, refusal } from './forms.ts';
import { ownText } from './own-error.ts';

const columns: Family[] = ['stk', 'b2c', 'c2b', 'pull', 'billManager', 'subscriber', 'bonga', 'ratiba'];

/** `status code message` of each family, in the order of `columns`; a detail is written `X`. */
const table: Record<Failure, string[]> = {
  invalidToken: [
    '404 404.001.03 Invalid Access Token',
    '401 401.002.01 Error Occurred - Invalid Access Token - X',
    '400 400.003.01 Invalid Access Token',
    '401 401.001 Invalid Access Token',
    '401 401 Unauthorized - Invalid Access Token',
    '401 401 Unauthorized - Invalid Access Token',
    '401 6005 Unauthorized - Invalid Access Token',
    '401 401 Unauthorized - Invalid Access Token',
  ],
  noProduct: Array(columns.length).fill(
    '401 401.003.01 Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found',
  ),
  invalidField: [
    '400 400.002.02 Bad Request - Invalid X',
    '400 400.002.02 Bad Request - Invalid X',
    '400 400.003.02 Bad Request - Invalid X',
    '400 400.001 Bad Request - Invalid X',
    '409 409 Invalid X',
    '400 400 Bad Request - Invalid X',
    '400 6006 Bad Request - Invalid X',
    '400 1051 Bad Request - Invalid X',
  ],
  malformedBody: [
    '400 400.002.05 Invalid Request Payload',
    '400 400.002.05 Invalid Request Payload',
    '400 400.002.05 Invalid Request Payload',
    '400 400.001 Invalid Request Payload',
    '409 409 Invalid Request Payload',
    '400 400 Invalid Request Payload',
    '400 6006 Invalid Request Payload',
    '400 1051 Invalid Request Payload',
  ],
  unknownPath: [
    '404 404.001.01 Resource not found',
    '404 404.002.01 Resource not found',
    '404 404.003.01 Resource not found',
    '404 404.001.01 Resource not found',
    '404 404 Resource not found',
    '404 404 Resource not found',
    '404 404 Resource not found',
    '404 404 Resource not found',
  ],
  wrongMethod: [
    '405 405.001 X Method Not Allowed',
    '405 405.001 X Method Not Allowed',
    '404 404.001.04 Invalid Authentication Header',
    '405 405.001 X Method Not Allowed',
    '405 405 X Method Not Allowed',
    '405 405 X Method Not Allowed',
    '405 405 X Method Not Allowed',
    '405 405 X Method Not Allowed',
  ],
  internal: [
    '500 500.001.1001 Internal Server Error',
    '500 500.002.1001 Internal Server Error',
    '500 500.003.1001 Internal Server Error',
    '500 500 Internal Server Error',
    '500 500 Internal Server Error',
    '500 500 Internal Server Error',
    '500 6004 Internal Server Error',
    '500 500 Internal Server Error',
  ],
  maintenance: [
    '500 500.001.1001 Service is currently under maintenance. Please try again later',
    '500 500.002.1001 Service is currently under maintenance. Please try again later',
    '500 500.003.1001 Service is currently under maintenance. Please try again later',
    '500 500 Service is currently under maintenance. Please try again later',
    '500 500 Service is currently under maintenance. Please try again later',
    '500 500 Service is currently under maintenance. Please try again later',
    '500 6004 Service is currently under maintenance. Please try again later',
    '500 500 Service is currently under maintenance. Please try again later',
  ],
  busy: [
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500.003.02 System is busy. Please try again in few minutes.',
    '500 500 System is busy. Please try again in few minutes.',
    '500 500 System is busy. Please try again in few minutes.',
    '500 6009 System is busy. Please try again in few minutes.',
    '500 500 System is busy. Please try again in few minutes.',
  ],
  spikeArrest: [
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500.003.02 Error Occurred: Spike Arrest Violation',
    '500 500 Error Occurred: Spike Arrest Violation',
    '500 500 Error Occurred: Spike Arrest Violation',
    '500 6009 Error Occurred: Spike Arrest Violation',
    '500 500 Error Occurred: Spike Arrest Violation',
  ],
  quota: [
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500.003.03 Error Occurred: Quota Violation',
    '500 500 Error Occurred: Quota Violation',
    '500 500 Error Occurred: Quota Violation',
    '500 6009 Error Occurred: Quota Violation',
    '500 500 Error Occurred: Quota Violation',
  ],
};

test('each failure has the code, status and text of its family', () => {
  assert.deepEqual(Object.keys(families).sort(), Object.keys(table).sort());
  for (const failure of Object.keys(table) as Failure[]) {
    const told = columns.map((family) => {
      const { status, body } = refusal(family, failure, 'X');
      return errorFields({ status, body: JSON.parse(body) }).join(' ');
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

test('an error of one product may have the internal code and a text of its own', () => {
  const blame = { fault: 'caller', kind: 'wrong_credentials' } as const;
  const told = ownRefusal(ownText('stk', 'Wrong credentials', blame, ['why', 'what to do']));
  const { requestId, ...rest } = JSON.parse(told.body);
  assert.ok(requestId);
  assert.deepEqual(rest, { errorCode: '500.001.1001', errorMessage: 'Wrong credentials' });
  assert.deepEqual({ fault: told.fault, kind: told.kind }, blame);
});
