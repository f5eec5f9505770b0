import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '../../test/database.ts';
import { kill, startWorker } from '../../test/mpesa/killed-worker.ts';
import { closedPort, receiver } from '../../test/mpesa/nasty-receivers.ts';
import { until } from '../../test/until.ts';
import { insertCallbacks } from './outbox/enqueue.ts';

const { database, url } = await testDatabase([
  { part: 'delivery', directory: join(import.meta.dirname, 'migrations') },
]);
const startDelivery = (environment: Record<string, string> = {}) =>
  startWorker('delivery-worker.ts', { TEST_DATABASE: url, ...environment });

async function enqueue(urls: string[]): Promise<string[]> {
  const ids = urls.map(() => randomUUID());
  await insertCallbacks(
    database,
    urls.map((target, i) => ({
      id: ids[i] ?? '',
      url: target,
      headers: {},
      body: JSON.stringify({ id: ids[i] }),
      dueAt: new Date(Date.now() - 1),
    })),
  );
  return ids;
}

async function deliveredIds(): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `select id from delivery.callback where state = 'delivered'`,
  );
  return rows.map(({ id }) => id);
}

test('kill -9 of the worker in mid-flight: nothing is lost, nothing recorded as acknowledged is sent again', async () => {
  const shop = await receiver((_request, response) => setTimeout(() => response.end(), Math.random() * 20));
  const timesReceived = () => {
    const times = new Map<string, number>();
    for (const { body } of shop.received) {
      const { id } = JSON.parse(body) as { id: string };
      times.set(id, (times.get(id) ?? 0) + 1);
    }
    return times;
  };
  const hosts = Array.from({ length: 8 }, (_, i) => `http://shop-${i}.localhost:${shop.port}/`);
  const sent = await enqueue(Array.from({ length: 600 }, (_, i) => hosts[i % hosts.length] ?? ''));
  const recordedAtAKill = new Map<string, number>();
  const kills = 4;

  for (let killed = 0; killed < kills; killed++) {
    const worker = startDelivery();
    const before = shop.received.length;
    await until('callbacks in flight', () => shop.received.length >= before + 40, { everyMs: 5 });
    await kill(worker);
    const times = timesReceived();
    for (const id of await deliveredIds()) recordedAtAKill.set(id, times.get(id) ?? 0);
    // Its claims lapse, as they do by themselves some seconds later.
    await database.query(
      'update delivery.callback set claimed_until = now() where claimed_until is not null',
    );
  }
  assert.ok(recordedAtAKill.size > 0 && recordedAtAKill.size < sent.length, 'the kills came in between');
  const last = startDelivery();
  await until('all delivered', async () => (await deliveredIds()).length === sent.length);
  await kill(last);

  const times = timesReceived();
  for (const id of sent) assert.ok((times.get(id) ?? 0) >= 1, 'none is lost');
  for (const [id, then] of recordedAtAKill) assert.equal(times.get(id), then, 'sent after its record');
});

test('a proxy named by the environment is not used', async () => {
  const shop = await receiver();
  const proxy = `http://127.0.0.1:${await closedPort()}`;
  const worker = startDelivery({
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    ALL_PROXY: proxy,
  });
  await enqueue([`http://proxied.localhost:${shop.port}/`]);
  await until('delivered directly', () => shop.received.length === 1);
  await kill(worker);
});

test('a worker whose database will not take what it has to record ends, and the next one loses nothing', async () => {
  const shop = await receiver();
  await database.query('alter table delivery.attempt rename to elsewhere');
  const [id = ''] = await enqueue([`http://lost.localhost:${shop.port}/`]);
  const worker = startDelivery();
  await until('it ended', () => worker.exitCode !== null);
  assert.notEqual(worker.exitCode, 0);
  assert.equal(shop.received.length, 1);
  await database.query('alter table delivery.elsewhere rename to attempt');
  // Its claim lapses, as it does by itself some seconds later.
  await database.query('update delivery.callback set claimed_until = now() where claimed_until is not null');
  const next = startDelivery();
  await until('delivered', async () => (await deliveredIds()).includes(id));
  await kill(next);
  assert.equal(shop.received.length, 2, 'at least once: nobody knows that it was acknowledged');
});
