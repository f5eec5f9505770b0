import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Mpesa from 'mpesa-node';
import { CUSTOMER, parametersOf, payoutsFixture } from '../../../test/mpesa/payouts.ts';
import { PASSWORD, SHORT_CODE } from '../../../test/mpesa/requests.ts';
import { seedOrganisation } from '../parties/organisations.ts';

const { api, database, give, publicKey, paidByPhone, settled } = await payoutsFixture();
const certPath = join(tmpdir(), `imara-payouts-${process.pid}.pem`);
await writeFile(certPath, publicKey.export({ type: 'spki', format: 'pem' }));
const client = new Mpesa({
  consumerKey: 'key',
  consumerSecret: 'secret',
  initiatorName: 'testapi',
  securityCredential: PASSWORD,
  certPath,
});
client.baseURL = `http://127.0.0.1:${api.port}`;

await give('utility', 1_000);
await give('working', 1_000);
await seedOrganisation(database, { shortCode: '600979', name: 'Supplier', kind: 'paybill' });
const [ours, supplier] = [Number(SHORT_CODE), 600979];
const urls = ['https://shop.test/timeout', 'https://shop.test/result'] as const;

test('mpesa-node, the official client: B2C, B2B by each way to call it, reversal, transaction status', async () => {
  const b2c = await settled(await client.b2c(ours, Number(CUSTOMER), 100, ...urls));
  assert.equal(b2c.ResultCode, 0);
  assert.equal((await settled(await client.b2b(ours, supplier, 10, ...urls))).ResultCode, '0');
  const bill = await client.b2b(ours, supplier, 10, ...urls, 4, 4, null, 'BusinessPayBill', '353353');
  assert.equal((await settled(bill)).ResultCode, '0');
  const receipt = await paidByPhone(50);
  const status = await settled(await client.transactionStatus(receipt, ours, 4, ...urls));
  assert.deepEqual([status.ResultCode, parametersOf(status).ReceiptNo], [0, receipt]);
  const reversed = await settled(await client.reversal(receipt, 50, ...urls, ours));
  assert.deepEqual([reversed.ResultCode, parametersOf(reversed).OriginalTransactionID], [0, receipt]);
});
