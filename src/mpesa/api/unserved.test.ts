import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUSH } from '../../../test/mpesa/mpesa-api.ts';
import { operationAt, operations } from '../catalogue.ts';
import type { Family } from './errors/families.ts';
import { clientFaultForm, refusalForm, unknownPath } from './unserved.ts';
import { apiOfPath, familyOfPath, vendorApis } from './vendor-apis.ts';

const noProxy = (path: string) => ({
  fault: {
    faultstring: `Unable to identify proxy for host: secure and url: ${path}`,
    detail: { errorcode: 'messaging.adaptors.http.flow.ApplicationNotFound' },
  },
});

test('a path belongs to the family of its product', () => {
  const paths: [string, Family][] = [
    [PUSH, 'stk'],
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
  const known = clientFaultForm('too_slow', PUSH);
  assert.deepEqual([known.status, JSON.parse(known.body).errorCode], [408, '400.002.05']);
  const unknown = clientFaultForm('header_too_large', undefined);
  const { detail } = JSON.parse(unknown.body).fault;
  assert.deepEqual([unknown.status, detail], [431, { errorcode: 'protocol.http.TooBigHeaders' }]);
});

test('R12: each reason to refuse has its answer in the form of the product', () => {
  const told = (reason: Parameters<typeof refusalForm>[1]) => {
    const { status, body } = refusalForm(operationAt(PUSH), reason, PUSH);
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

test('each operation is an API of the vendor, in the family that answers there', () => {
  for (const { path, family } of operations) {
    assert.equal(familyOfPath(path), family, path);
    assert.ok(apiOfPath(path) !== undefined, path);
  }
});

test('a known API that is not built says so, in its own form; one that is built does not', () => {
  for (const { name, paths } of vendorApis)
    for (const path of paths) {
      const { status, body } = unknownPath(path);
      assert.equal(status, 404, path);
      const isBuilt = operationAt(path) !== undefined;
      // The forms of the families differ; the text is in each.
      assert.equal(body.includes(`: ${name} is not built in Imara yet`), !isBuilt, path);
    }
});
