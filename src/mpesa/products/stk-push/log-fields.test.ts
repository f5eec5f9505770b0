import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { settleAll, settlementFixture } from '../../../../test/mpesa/settlement.ts';
import { SYNTHETIC_SHORT_CODE } from '../../parties/synthetic.ts';
import { aboutPushCallback } from './log-fields.ts';

const { worker, push, row, callback, clock, database, books } = await settlementFixture();

type Line = Record<string, unknown> & { msg: string };

/** A worker's steps, and what they logged. */
function logged(changes: Parameters<typeof worker>[0] = {}) {
  const lines: Line[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { lines, steps: worker({ ...changes, log }) };
}

async function settle(steps: ReturnType<typeof worker>): Promise<void> {
  await settleAll(steps);
  clock.ms += 1_000;
  await settleAll(steps);
}

test('the log tells the way of a push by its ids, with the receipt or the reason at its end', async () => {
  const { lines, steps } = logged();
  const paid = await push('254700000001', 100);
  const refused = await push('254700000002', 100);
  await settle(steps);
  const wayOf = (id: string) => lines.filter(({ CheckoutRequestID }) => CheckoutRequestID === `ws_CO_${id}`);
  assert.deepEqual(
    wayOf(paid).map(({ msg, result, receipt, tookMs }) => [msg, result, receipt, tookMs]),
    [
      ['the phone asks', undefined, undefined, undefined],
      ['paid', 0, (await row(paid)).receipt, 1_000],
    ],
  );
  assert.deepEqual(
    wayOf(refused).map(({ msg, result, why }) => [msg, result, why]),
    [
      ['the phone asks', undefined, undefined],
      ['not paid', 1, 'The balance is insufficient for the transaction.'],
    ],
  );
  assert.ok(lines.every(({ MerchantRequestID }) => MerchantRequestID !== undefined));
  assert.ok(lines.every(({ synthetic }) => synthetic === undefined));
});

test('a payment that cannot be posted is named', async () => {
  const { lines, steps } = logged({ books: { post: () => Promise.reject(new Error('no books')) } });
  const id = await push('254711000001', 100);
  await settle(steps);
  const said = lines.find(({ msg }) => msg === 'a payment is not posted yet');
  assert.equal(said?.CheckoutRequestID, `ws_CO_${id}`);
  assert.match(String(Object(said?.err).message), /no books/);
  clock.ms += 60_000;
  await settleAll(worker({ books }));
});

test('what is paid to the synthetic merchant is marked, in its callback too', async () => {
  const { lines, steps } = logged();
  const id = await push('254700000004', 10);
  await database.query('update mpesa.stk_push set short_code = $2 where id = $1', [id, SYNTHETIC_SHORT_CODE]);
  await settle(steps);
  assert.deepEqual(
    lines.map(({ msg, synthetic }) => [msg, synthetic]),
    [['not paid', true]],
  );
  const { text, headers } = await callback(id);
  assert.deepEqual(aboutPushCallback({ body: text, headers }), {
    CheckoutRequestID: `ws_CO_${id}`,
    MerchantRequestID: `53e3-4aa8-${id}`,
    synthetic: true,
  });
});
