import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closedPort } from '../auth/broken-servers.ts';
import { testDatabase } from '../database.ts';
import { createClient } from '../mpesa/client.ts';
import { startReceiver } from '../mpesa/receiver.ts';
import { startStack } from '../stack/stack.ts';
import { until } from '../until.ts';

const { url } = await testDatabase();
const { host } = new URL(url);
// As it is written where there are several: the first of them is down.
const several = url.replace(host, `127.0.0.1:${await closedPort()},${host}`);
const stack = await startStack({ DATABASE_URL: several });
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});

test('DATABASE_URL: a PostgreSQL of the user, found among several hosts, is migrated, used and proved instead of the embedded one', async () => {
  const status = await stack.status();
  assert.deepEqual(status.postgres, { port: null, pid: null, state: 'external' });
  const client = createClient(status);
  await client.authenticate();
  const pushed = await client.push({ msisdn: '254700000001', amount: 30, callbackUrl: receiver.url });
  assert.equal(pushed.status, 200);
  await until('the callback', () => receiver.received.length > 0);
  assert.match(await stack.imara('ledger', 'check'), /invariants hold/);
});
