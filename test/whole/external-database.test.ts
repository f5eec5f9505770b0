import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createClient } from '../client.ts';
import { testDatabase } from '../database.ts';
import { startReceiver } from '../receiver.ts';
import { startStack } from '../stack.ts';
import { until } from '../until.ts';

const { url } = await testDatabase();
const stack = await startStack({ DATABASE_URL: url });
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});

test('DATABASE_URL: a PostgreSQL of the user is migrated, used and proved instead of the embedded one', async () => {
  const status = await stack.status();
  assert.deepEqual(status.postgres, { port: null, pid: null, state: 'external' });
  const client = createClient(status);
  await client.authenticate();
  const pushed = await client.push({ msisdn: '254700000001', amount: 30, callbackUrl: receiver.url });
  assert.equal(pushed.status, 200);
  await until('the callback', () => receiver.received.length > 0);
  assert.match(await stack.imara('ledger', 'check'), /invariants hold/);
});
