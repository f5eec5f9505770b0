import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createClient } from './client.ts';
import { startReceiver } from './receiver.ts';
import { startStack } from './stack.ts';
import { until } from './until.ts';

// A change on the real stack: from an operator's request to what a client of the API sees, and back.

const ROLLOUT_MS = 150_000;
const LOAD_EVERY_MS = 100;

const stack = await startStack();
const receiver = await startReceiver();
after(async () => {
  await receiver.close();
  await stack.close();
});
const status = await stack.status();
const token = (await readFile(join(stack.home, 'control', 'operator-token'), 'utf8')).trim();
const client = createClient(status);
await client.authenticate();
await until(
  'every process is known to control',
  async () => (await ask('GET', '/fleet')).instances?.length === 6,
);

interface Rollout {
  id: string;
  phase: string;
  because: string | null;
}

interface Answer {
  rollout?: Rollout;
  rollouts?: Rollout[];
  instances?: object[];
}

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${status.control}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const answer = (await response.json()) as Answer;
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}

/** Pushes a change, and waits for the end of its rollout. */
async function push(change: object): Promise<Rollout> {
  const { rollout } = await ask('POST', '/releases', { change, reason: 'a test' });
  return until(
    'the rollout has ended',
    async () => {
      const found = (await ask('GET', '/rollouts')).rollouts?.find(({ id }) => id === rollout?.id);
      return found && ['proved', 'rolled_back', 'aborted'].includes(found.phase) && found;
    },
    { deadlineMs: ROLLOUT_MS, everyMs: 500 },
  );
}

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
  const { phase, because } = await push({ environments: { production: { serving: { products } } } });
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

test('R4: authentication servers that refuse connections are refused at the taste, and no request fails', async () => {
  const statuses: Promise<number>[] = [];
  const load = setInterval(() => {
    statuses.push(
      pay(10).then(
        (response) => response.status,
        () => 0,
      ),
    );
  }, LOAD_EVERY_MS);
  const { phase, because } = await push({
    environments: { production: { auth: { servers: ['http://127.0.0.1:9'] } } },
  }).finally(() => clearInterval(load));
  assert.equal(phase, 'rolled_back');
  assert.match(because ?? '', /auth\.servers\[0\]: refused/);
  const answered = await Promise.all(statuses);
  assert.ok(answered.length > 10);
  assert.deepEqual(
    answered.filter((status) => status !== 200),
    [],
  );
});

test('R6: undo brings the value before it back', async () => {
  assert.deepEqual(await queryStatuses(), new Set([500]));
  await ask('POST', '/undo', { reason: 'the product is wanted' });
  await until('every process answers queries again', async () => {
    const statuses = await queryStatuses();
    return statuses.size === 1 && statuses.has(200);
  });
});
