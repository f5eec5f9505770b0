import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOf, startMpesaApi } from '../../../../test/mpesa/mpesa-api.ts';
import { seedOrganisation } from '../../parties/organisations.ts';
import { pullProduct } from './product.ts';

const clock = { ms: Date.parse('2026-11-23T09:00:00Z'), now: () => clock.ms };
const api = await startMpesaApi({ clock });
const { register, query } = pullProduct.operations;
await seedOrganisation(api.database, { shortCode: '5001234', name: 'Duka', kind: 'till' });

const registered = (changes: object = {}) => api.post(register.paths[0], { ...register.sample, ...changes });
const pulled = (changes: object = {}) =>
  api.post(query.paths[0], {
    ...query.sample,
    StartDate: '2026-11-20 00:00:00',
    EndDate: '2026-11-23 12:00:00',
    ...changes,
  });
const idsOf = (body: Record<string, unknown>) =>
  (body.Response as { transactionId: string }[][]).map((page) =>
    page.map(({ transactionId }) => transactionId),
  );

/** As products write it with the money they move. */
async function paid(receipt: string, at: string, changes: Record<string, unknown> = {}) {
  const row = {
    receipt,
    product: 'stk',
    conversation_id: `ws_CO_${receipt}`,
    originator_conversation_id: receipt,
    transfer_id: '00000000-0000-4000-8000-000000000001',
    debit_party: '254712345678',
    debit_name: 'Fatuma Cherono',
    debit_account: 254712345678n,
    credit_party: '174379',
    credit_name: 'Imara Sandbox',
    credit_account: 1000000174379n,
    amount_cents: 16_800n,
    charge_cents: 0n,
    reference: 'INV-7',
    reason_type: 'Pay Bill Online',
    initiated_at: at,
    finalised_at: at,
    ...changes,
  };
  const names = Object.keys(row);
  await api.database.query(
    `insert into mpesa.transaction (${names.join()}) values (${names.map((_, i) => `$${i + 1}`).join()})`,
    Object.values(row),
  );
}

test('a short code is registered once; the key of its status is switched', async () => {
  const { status, body } = await registered();
  const { ResponseRefID, ...rest } = body;
  assert.ok(ResponseRefID);
  assert.deepEqual(
    [status, rest],
    [
      200,
      {
        ResponseStatus: '1000',
        ShortCode: '174379',
        ResponseDescription: 'ShortCode Registered Successfully',
      },
    ],
  );
  api.settings.pull.statusKey = 'Response Status';
  const again = await registered({ NominatedNumber: 254722000000 });
  api.settings.pull.statusKey = 'ResponseStatus';
  assert.deepEqual([again.status, again.body['Response Status']], [200, '1001']);
  const unknown = [400, '400.001', 'Bad Request - Invalid ShortCode'];
  assert.deepEqual(errorOf(await registered({ ShortCode: '600001' })), unknown);
  assert.deepEqual(errorOf(await pulled({ ShortCode: '5001234' })), unknown, 'it is not registered');
});

test('without payments it is 1001 with HTTP 200, and a list that holds an empty list', async () => {
  const { status, body } = await pulled();
  assert.deepEqual([status, body.ResponseCode, body.Response], [200, '1001', [[]]]);
});

test('what customers paid in the last 48 hours is told, and nothing else', async () => {
  await paid('UKL0000001', '2026-11-21T08:59:59Z');
  await paid('UKL0000002', '2026-11-21T09:00:00Z');
  await paid('UKN0000003', '2026-11-23T08:00:00Z', { reference: null, debit_name: null, amount_cents: 5n });
  await paid('UKN0000004', '2026-11-23T08:00:00Z', { credit_party: '5001234' });
  await paid('UKN0000005', '2026-11-23T08:00:00Z', { debit_party: '600001', product: 'b2b' });
  await paid('UKN0000006', '2026-11-23T08:00:00Z', { debit_party: '174379', credit_party: '254712345678' });
  const { body } = await pulled();
  const { ResponseRefID, ...rest } = body;
  assert.ok(ResponseRefID);
  const row = {
    transactionId: 'UKL0000002',
    trxDate: '2026-11-21T09:00:00Z',
    msisdn: 254712345678,
    sender: 'Fatuma Cherono',
    transactiontype: 'c2b-pay-bill-debit',
    billreference: 'INV-7',
    amount: '168.00',
    organizationname: 'Imara Sandbox',
  };
  const other = { transactionId: 'UKN0000003', trxDate: '2026-11-23T08:00:00Z', amount: '0.05' };
  assert.deepEqual(rest, {
    ResponseCode: '1000',
    ResponseMessage: 'Success',
    Response: [[row, { ...row, ...other, sender: '', billreference: '' }]],
  });
  await registered({ ShortCode: '5001234' });
  const till = await pulled({ ShortCode: 5001234 });
  const [[sale]] = till.body.Response as [[Record<string, unknown>]];
  assert.deepEqual([sale.transactionId, sale.transactiontype], ['UKN0000004', 'c2b-buy-goods-debit']);
  clock.ms += 48 * 3_600_000;
  assert.equal((await pulled()).body.ResponseCode, '1001');
  clock.ms -= 48 * 3_600_000;
});

test('dates are of East Africa, to the second', async () => {
  const between = async (StartDate: string, EndDate: string) =>
    idsOf((await pulled({ StartDate, EndDate })).body);
  assert.deepEqual(await between('2026-11-23 11:00:00', '2026-11-23 11:00:00'), [['UKN0000003']]);
  assert.deepEqual(await between('2026-11-23 11:00:01', '2026-11-23 12:00:00'), [[]]);
  for (const wrong of ['2026-11-23', '2026-02-30 00:00:00', '2026-11-23T11:00:00', '20261123110000'])
    assert.deepEqual(errorOf(await pulled({ StartDate: wrong })), [
      400,
      '400.001',
      'Bad Request - Invalid StartDate',
    ]);
  const backwards = await pulled({ StartDate: '2026-11-23 12:00:01' });
  assert.deepEqual(errorOf(backwards), [400, '400.001', 'Bad Request - Invalid EndDate']);
});

test('a page has 100 rows, and the offset counts rows', async () => {
  for (let n = 0; n < 120; n += 1)
    await paid(`UKM${String(n).padStart(7, '0')}`, `2026-11-22T10:${String(n % 60).padStart(2, '0')}:00Z`);
  const page = async (OffSetValue: unknown) => idsOf((await pulled({ OffSetValue })).body)[0] ?? [];
  const [first, second] = [await page('0'), await page(100)];
  assert.deepEqual([first.length, second.length], [100, 22]);
  assert.equal(new Set([...first, ...second]).size, 122);
  assert.deepEqual(await page(121), second.slice(-1));
  assert.deepEqual(await page(122), []);
});

test('a bad token is told in its family', async () => {
  for (const { paths } of [register, query])
    assert.deepEqual(errorOf(await api.post(paths[0], {}, { authorization: 'Bearer bad' })), [
      401,
      '401.001',
      'Invalid Access Token',
    ]);
});
