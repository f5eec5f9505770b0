import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BILL, paymentsFixture } from '../../../test/mpesa/payments.ts';
import { Deadline } from '../../platform/deadline.ts';
import { phonePayments } from './from-phone.ts';
import { runPayments } from './settlement/run.ts';

const fixture = await paymentsFixture();
const { database, clock } = fixture;
const pay = phonePayments({ database, clock });
const chosen = {
  kind: 'pay_bill',
  msisdn: '254731000001',
  payee: BILL,
  accountReference: 'INV-7',
  amountCents: 15_000n,
} as const;

test('without a worker a payment is taken and has no result by the deadline; with one it has', async () => {
  const waiting = await pay(chosen, Deadline.in(400));
  assert.deepEqual([waiting.resultCode, waiting.receipt], [null, null]);
  const stop = new AbortController();
  const running = runPayments({ ...fixture.options(), signal: stop.signal });
  const paid = await pay({ ...chosen, msisdn: '254731000002' }, Deadline.in(10_000));
  assert.equal(paid.resultCode, 0);
  assert.match(String(paid.receipt), /^UKN[0-9A-Z]{7}$/);
  const refused = await pay({ ...chosen, payee: '999999' }, Deadline.in(10_000));
  assert.deepEqual([refused.resultCode, refused.resultDesc], ['SFC_IC0003', 'The operator does not exist.']);
  stop.abort();
  await running;
  assert.equal((await fixture.row(waiting.id)).result_code, 0, 'what was taken is not forgotten');
});
