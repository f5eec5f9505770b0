import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createClient } from './client.ts';
import { operatorOf } from './operator.ts';
import { startReceiver } from './receiver.ts';
import { startStack } from './stack.ts';
import { until } from './until.ts';

// A change on the real stack: from an operator's request to what a client of the API sees, and back.

const stack = await startStack();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});
const operator = await operatorOf(stack);
const client = createClient(await stack.status());
await client.authenticate();

let subscriber = 0;
const pay = (amount: number) => {
  subscriber += 1;
  return client.push({ msisdn: String(254_711_000_000 + subscriber), amount, callbackUrl: receiver.url });
};

const checkout = (await (await pay(10)).json()) as { CheckoutRequestID: string };
const queryStatuses = async () => {
  const answers = Array.from({ length: 8 }, () => client.query(checkout.CheckoutRequestID));
  return new Set((await Promise.all(answers)).map(({ status }) => status));
};

test('a change is proved on every process, and a client sees it', async () => {
  assert.deepEqual(await queryStatuses(), new Set([200]));
  // The switch of one product, in production alone.
  const products = { 'stk-query': { enabled: false } };
  const { phase, because } = await operator.pushed({
    environments: { production: { serving: { products } } },
  });
  assert.equal(phase, 'proved', because ?? '');
  assert.deepEqual(await queryStatuses(), new Set([500]));
  assert.equal((await pay(10)).status, 200);
  await until('the status shows it', async () => {
    const releases = (await stack.status()).instances
      .filter(({ service }) => service !== 'control')
      .map(({ release }) => release);
    return new Set(releases).size === 1 && releases[0] !== null;
  });
});

test('R6: undo brings the value before it back', async () => {
  assert.deepEqual(await queryStatuses(), new Set([500]));
  await operator.ask('POST', '/undo', { reason: 'the product is wanted' });
  await until('every process answers queries again', async () => {
    const statuses = await queryStatuses();
    return statuses.size === 1 && statuses.has(200);
  });
});
