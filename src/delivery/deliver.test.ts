import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { deliveryFixture, local } from '../../test/delivery.ts';
import {
  closedPort,
  drip,
  nameServer,
  pour,
  receiver,
  tcpReceiver,
} from '../../test/mpesa/nasty-receivers.ts';
import { until } from '../../test/until.ts';
import type { Delivery } from './deliver.ts';
import { replayCallback } from './outbox/claims.ts';
import { enqueueCallback, insertCallbacks } from './outbox/enqueue.ts';
import type { Callback } from './types.ts';

const { database, start, enqueue, count, attemptsOf, stateOf } = await deliveryFixture();

function repeat(url: string, times: number): string[] {
  return Array.from({ length: times }, () => url);
}

test('R12: no receiver, however nasty, holds up the deliveries to another', async () => {
  const good = await receiver();
  const inside = await receiver();
  const head = 'HTTP/1.1 200 OK\r\n';
  const dns = await nameServer((name) => (name.startsWith('silent') ? undefined : []));
  const nasty: Record<string, { port: number; expect: string }> = {};
  const add = (name: string, { port }: { port: number }, expect: string) => {
    nasty[name] = { port, expect };
  };
  add('hung.localhost', await tcpReceiver(() => {}), 'timeout');
  add('headers.localhost', await tcpReceiver((s) => drip(s, `${head}X: ${'x'.repeat(999)}`, 100)), 'timeout');
  add('body.localhost', await tcpReceiver((s) => drip(s, `${head}\r\n${'x'.repeat(999)}`, 10)), 'delivered');
  add('open.localhost', await tcpReceiver((s) => s.write(`${head}\r\n`)), 'delivered');
  add(
    'huge.localhost',
    await tcpReceiver((s) => {
      s.write(`HTTP/1.1 500 No\r\nContent-Length: ${2 ** 30}\r\n\r\n`);
      pour(s, Buffer.alloc(65_536));
    }),
    'rejected',
  );
  add('broken.localhost', await receiver((_, answer) => answer.writeHead(500).end()), 'rejected');
  const location = `http://127.0.0.1:${inside.port}/admin`;
  add(
    'redirect.localhost',
    await receiver((_, answer) => answer.writeHead(302, { location }).end()),
    'rejected',
  );
  add('reset.localhost', await tcpReceiver((s) => s.resetAndDestroy()), 'connection');
  add('gone.localhost', { port: await closedPort() }, 'connection');
  add('nobody.example', { port: 80 }, 'no_address');
  add('silent.example', { port: 80 }, 'no_answer');
  add('metadata.example', { port: 80 }, 'no_address');

  // The nasty ones first and many, in a worker with few slots.
  await enqueue(Object.entries(nasty).flatMap(([name, { port }]) => repeat(`http://${name}:${port}/`, 20)));
  await enqueue(['http://169.254.169.254/latest/meta-data/']);
  const sent = await enqueue(repeat(`http://good.localhost:${good.port}/pay`, 200));
  start({ ...local, dnsServers: [dns], maxConcurrent: 32, maxConcurrentPerHost: 8 });

  const bodies = () => new Set(good.received.map(({ body }) => body));
  await until('all 200 at the good receiver', () => bodies().size === sent.length);
  await until(
    'all 200 recorded',
    async () => (await count(`state = 'delivered' and host = 'good.localhost'`)) === 200,
  );
  assert.equal(good.received.length, 200, 'each once');
  for (const [name, { expect }] of Object.entries(nasty)) {
    const outcomes = async () => {
      const { rows } = await database.query(
        `select distinct outcome from delivery.attempt join delivery.callback c on c.id = callback_id
         where host = $1`,
        [name],
      );
      return rows.map(({ outcome }) => outcome);
    };
    await until(`an attempt at ${name}`, async () => (await outcomes()).length > 0);
    assert.deepEqual(await outcomes(), [expect], name);
  }
  await until('the metadata service refused', async () => (await count(`state = 'refused'`)) === 1);
  assert.equal(inside.received.length, 0, 'no redirect was followed');
});

test('R12: receivers that hang, more than there are slots, leave half of the slots to the others', async () => {
  const hung = await tcpReceiver(() => {});
  const good = await receiver();
  const settings = { ...local, attemptTimeoutMs: 3_000, maxConcurrent: 8, maxConcurrentPerHost: 4 };
  await enqueue([`http://good.localhost:${good.port}/first`]);
  start(settings);
  await until('the good receiver is known', () => good.received.length === 1);
  await enqueue(Array.from({ length: 50 }, (_, i) => `http://a-${i}.localhost:${hung.port}/`));
  await until('hung receivers hold their half', () => hung.connections() >= 4);
  await enqueue(repeat(`http://good.localhost:${good.port}/`, 200));
  await until('all at the good receiver', () => good.received.length === 201);
  assert.ok(hung.connections() <= 4);
});

test('a callback is woken for, sent once and recorded with its attempt', async () => {
  const shop = await receiver();
  const { delivery, registry } = start({ ...local, pollMs: 60_000 });
  const [callback] = await enqueue([`http://shop.localhost:${shop.port}/pay?order=7`]);
  assert.ok(callback !== undefined);
  delivery.wake();
  await until('delivered', async () => (await stateOf(callback.id)) === 'delivered');
  assert.equal(shop.received[0]?.body, callback.body);
  assert.equal(shop.received[0]?.headers.businessshortcode, '174379');
  const { rows } = await database.query('select * from delivery.attempt where callback_id = $1', [
    callback.id,
  ]);
  assert.equal(rows.length, 1);
  assert.deepEqual(
    [rows[0].n, rows[0].outcome, rows[0].status, rows[0].address],
    [1, 'delivered', 200, '127.0.0.1'],
  );
  assert.match(await registry.metrics(), /callback_attempts_total\{outcome="delivered",attempt="1"\} 1/);
});

test('by default a failure is not attempted again; its dead letter is sent again on demand', async () => {
  let status = 500;
  const shop = await receiver((_request, response) => response.writeHead(status).end('try later'));
  const { clock } = start();
  const [callback] = await enqueue([`http://shop.localhost:${shop.port}/`]);
  assert.ok(callback !== undefined);
  await until('exhausted', async () => (await stateOf(callback.id)) === 'exhausted');
  clock.at = Date.now() + 7 * 86_400_000;
  status = 200;
  assert.equal(await replayCallback(database, callback.id, new Date()), true);
  await until('delivered', async () => (await stateOf(callback.id)) === 'delivered');
  assert.deepEqual(
    (await attemptsOf(callback.id)).map(({ outcome }) => outcome),
    ['rejected', 'delivered'],
  );
  assert.equal(await replayCallback(database, callback.id, new Date()), false);
  assert.equal(await replayCallback(database, randomUUID(), new Date()), false);
  assert.equal(shop.received.length, 2);
});

test('a schedule is kept to by the clock, and ends in a dead letter', async () => {
  const shop = await receiver((_request, response) => response.writeHead(503).end());
  const { clock } = start({ ...local, retryAfterSeconds: [60, 600], pollMs: 10 });
  const startedAt = Date.now();
  clock.at = startedAt;
  const [callback] = await enqueue([`http://shop.localhost:${shop.port}/`]);
  assert.ok(callback !== undefined);
  const due = async () => {
    const { rows } = await database.query('select due_at, attempts from delivery.callback where id = $1', [
      callback.id,
    ]);
    return { inSeconds: (rows[0].due_at.getTime() - startedAt) / 1_000, attempts: rows[0].attempts };
  };
  const settled = async (n: number) => {
    await until(`attempt ${n}`, async () => (await attemptsOf(callback.id)).length === n);
  };
  await settled(1);
  assert.deepEqual(await due(), { inSeconds: 60, attempts: 1 });
  clock.at = startedAt + 59_999;
  const other = await receiver();
  await enqueue([`http://zzz.localhost:${other.port}/`]);
  await until('the worker has been round', () => other.received.length === 1);
  assert.equal(shop.received.length, 1, 'not before its time');
  clock.at = startedAt + 60_000;
  await settled(2);
  assert.deepEqual(await due(), { inSeconds: 660, attempts: 2 });
  clock.at = startedAt + 660_000;
  await settled(3);
  assert.equal(await stateOf(callback.id), 'exhausted');
  assert.deepEqual(
    (await attemptsOf(callback.id)).map(({ n }) => n),
    [1, 2, 3],
  );
});

test('a callback with a schedule of its own keeps to that, whatever the settings say', async () => {
  const shop = await receiver((_request, response) => response.writeHead(500).end());
  const { clock } = start({ ...local, pollMs: 10 });
  clock.at = Date.now();
  const url = `http://shop.localhost:${shop.port}/`;
  const [four] = await enqueue([url], { retryAfterSeconds: [10, 10, 60] });
  const [one] = await enqueue([url], { retryAfterSeconds: [] });
  const [usual] = await enqueue([url]);
  assert.ok(four !== undefined && one !== undefined && usual !== undefined);
  for (const n of [1, 2, 3, 4]) {
    await until(`attempt ${n}`, async () => (await attemptsOf(four.id)).length === n);
    clock.at += 60_000;
  }
  for (const { id } of [four, one, usual])
    await until('exhausted', async () => (await stateOf(id)) === 'exhausted');
  const attempts = await Promise.all([four, one, usual].map(({ id }) => attemptsOf(id)));
  assert.deepEqual(
    attempts.map(({ length }) => length),
    [4, 1, 1],
  );
});

test('two workers at once never send the same callback', async () => {
  const shop = await receiver((_request, response) => setTimeout(() => response.end(), 5));
  const hosts = Array.from({ length: 10 }, (_, i) => `http://shop-${i}.localhost:${shop.port}/`);
  const sent = await enqueue(Array.from({ length: 500 }, (_, i) => hosts[i % 10] ?? ''));
  // What is shown is who sends; how fast a busy machine answers is not.
  const patient = { ...local, attemptTimeoutMs: 30_000 };
  for (let worker = 0; worker < 3; worker += 1) start(patient);
  await until('all delivered', async () => (await count(`state = 'delivered'`)) === sent.length);
  assert.equal(shop.received.length, sent.length);
});

test('a setting that cannot be used costs no callback its attempt', async () => {
  const shop = await receiver();
  const dns = await nameServer((_name, type) => (type === 'A' ? ['127.0.0.1'] : []));
  const settings = { ...local, dnsServers: ['not an address'] };
  start(settings);
  const [callback] = await enqueue([`http://shop.example:${shop.port}/`]);
  assert.ok(callback !== undefined);
  await until('claimed', async () => (await count('claimed_until is not null')) === 1);
  settings.dnsServers = [dns];
  assert.deepEqual(await attemptsOf(callback.id), []);
  await database.query(`update delivery.callback set claimed_until = now()`);
  await until('delivered', async () => (await stateOf(callback.id)) === 'delivered');
});

test('an outcome that the database would not take at first is recorded later, and not sent again', async () => {
  const shop = await receiver();
  const { lines } = start();
  const lock = await database.connect();
  await lock.query('begin; lock table delivery.attempt in access exclusive mode');
  const [callback] = await enqueue([`http://shop.localhost:${shop.port}/`]);
  assert.ok(callback !== undefined);
  await until('not recorded', () => lines.some((line) => line.includes('not recorded')));
  // Its claim lapses all the same: the worker that holds its outcome does not claim it again.
  await database.query('update delivery.callback set claimed_until = now()');
  await enqueue([`http://zzz.localhost:${shop.port}/`]);
  await until('the worker has been round', () => shop.received.length === 2);
  await lock.query('rollback');
  lock.release();
  await until('recorded', async () => (await stateOf(callback.id)) === 'delivered');
  await until('both recorded', async () => (await count(`state = 'delivered'`)) === 2);
  assert.equal(shop.received.length, 2);
});

test('R12: outcomes that are not written yet hold no slot, and are bounded', async () => {
  const shop = await receiver();
  start({ ...local, maxConcurrent: 12, maxConcurrentPerHost: 2 });
  await enqueue([`http://shop.localhost:${shop.port}/`]);
  await until('the receiver is known', async () => (await count(`state = 'delivered'`)) === 1);
  const lock = await database.connect();
  await lock.query('begin; lock table delivery.attempt in access exclusive mode');
  await enqueue(repeat(`http://shop.localhost:${shop.port}/`, 100));
  await until('12 more have come, though none can be recorded', () => shop.received.length >= 1 + 12);
  assert.ok(shop.received.length <= 1 + 12 + 2, 'no more than those that were in flight then');
  const other = await receiver();
  await enqueue([`http://zzz.localhost:${other.port}/`]);
  await lock.query('rollback');
  lock.release();
  await until('all are recorded', async () => (await count(`state = 'delivered'`)) === 102);
  assert.equal(shop.received.length, 101, 'each was sent once');
  assert.equal(other.received.length, 1);
});

test('R12: what was claimed ahead of a receiver that stops answering is given up, not held', async () => {
  let hangs = false;
  const shop = await receiver((_request, response) => {
    if (!hangs) response.end();
  });
  const settings = { ...local, maxConcurrent: 32, maxConcurrentPerHost: 2 };
  start(settings);
  await enqueue(repeat(`http://shop.localhost:${shop.port}/`, 40));
  await until('the receiver is known to be quick', async () => (await count(`state = 'delivered'`)) === 40);
  hangs = true;
  await enqueue(repeat(`http://shop.localhost:${shop.port}/`, 40));
  await until('claimed ahead', async () => (await count('claimed_until is not null')) > 4);
  await until('given up', async () => (await count('claimed_until is not null')) <= 2);
  assert.equal(await count(`state in ('pending', 'exhausted')`), 40);
});

/** Written as claimed, as who settles a payment writes it; a host is known once it has answered. */
async function writeClaimed(delivery: Delivery, url: string) {
  const first = await enqueue([url]);
  await until('the host has answered', async () => (await stateOf(first[0]?.id ?? '')) === 'delivered');
  const callback: Callback = { id: randomUUID(), url, headers: {}, body: '{}', dueAt: new Date() };
  const claim = delivery.claim(url);
  assert.ok(claim !== undefined, 'a host that answers has room');
  const { statement, row } = enqueueCallback(callback, claim);
  await database.query(
    statement.sql,
    row.map((value) => [value]),
  );
  return { callback, claim };
}

test('a callback that is handed over is sent from memory, once, and recorded', async () => {
  const shop = await receiver();
  const { delivery } = start();
  const url = `http://shop.localhost:${shop.port}/`;
  assert.equal(delivery.claim(url), undefined, 'nobody knows whether it answers');
  const { callback, claim } = await writeClaimed(delivery, url);
  delivery.wake();
  start().delivery.wake();
  delivery.take(callback, claim);
  await until('delivered', async () => (await stateOf(callback.id)) === 'delivered');
  assert.equal(shop.received.length, 2);
  assert.deepEqual(
    (await attemptsOf(callback.id)).map(({ n, outcome }) => [n, outcome]),
    [[1, 'delivered']],
  );
});

test('R14: a callback that was written as claimed and never handed over is sent when its claim lapses', async () => {
  const shop = await receiver();
  const { delivery } = start();
  const { callback, claim } = await writeClaimed(delivery, `http://shop.localhost:${shop.port}/`);
  delivery.letGo(claim);
  await database.query('update delivery.callback set claimed_until = now() where id = $1', [callback.id]);
  await until('delivered', async () => (await stateOf(callback.id)) === 'delivered');
});

test('R12: no more is claimed by being written than there is room for; what is let go makes room again', async () => {
  const shop = await receiver();
  const { delivery } = start({ ...local, maxConcurrent: 3, maxConcurrentPerHost: 3 });
  const url = `http://shop.localhost:${shop.port}/`;
  const { claim } = await writeClaimed(delivery, url);
  // Four times its slots, of which the first is taken.
  const more = Array.from({ length: 4 * 3 - 1 }, () => delivery.claim(url));
  assert.ok(more.every((each) => each !== undefined));
  assert.equal(delivery.claim(url), undefined);
  delivery.letGo(claim);
  assert.ok(delivery.claim(url) !== undefined);
});

test('what is handed over while the worker closes is given up', async () => {
  const shop = await receiver();
  const { delivery } = start();
  const url = `http://shop.localhost:${shop.port}/`;
  const { callback, claim } = await writeClaimed(delivery, url);
  const closing = delivery.close();
  assert.equal(delivery.claim(url), undefined);
  delivery.take(callback, claim);
  await closing;
  await until(
    'given up',
    async () => (await count('id = $1 and claimed_until is null', [callback.id])) === 1,
  );
  assert.equal(await stateOf(callback.id), 'pending');
});

test('closing finishes what is in flight and starts nothing', async () => {
  let answer = () => {};
  const shop = await receiver((_request, response) => {
    answer = () => response.end();
  });
  const { delivery } = start();
  const [callback] = await enqueue([`http://shop.localhost:${shop.port}/`]);
  assert.ok(callback !== undefined);
  await until('in flight', () => shop.received.length === 1);
  const closing = delivery.close();
  const [late] = await enqueue([`http://late.localhost:${shop.port}/`]);
  assert.ok(late !== undefined);
  answer();
  await closing;
  assert.equal(await stateOf(callback.id), 'delivered');
  assert.equal(await stateOf(late.id), 'pending');
});

test('the age of the oldest due callback is told', async () => {
  const { registry, clock } = start({ ...local, maxConcurrent: 0 });
  clock.at = Date.now();
  const gauge = async () => {
    const metric = await registry.getSingleMetric('callback_oldest_pending_age_seconds')?.get();
    return metric?.values[0]?.value;
  };
  await until('none is due', async () => (await gauge()) === 0);
  await insertCallbacks(database, [
    {
      id: randomUUID(),
      url: 'http://a.localhost/',
      headers: {},
      body: '{}',
      dueAt: new Date(clock.at - 90_000),
    },
  ]);
  await until('90 s', async () => Math.round((await gauge()) ?? 0) === 90);
});

test('every line about a callback says which payment it tells, and one that is given up is a warning', async () => {
  const good = await receiver();
  const wrong = await receiver((_, answer) => answer.writeHead(500).end());
  const { lines } = start({ ...local, retryAfterSeconds: [0] });
  await enqueue([`http://127.0.0.1:${good.port}/`, `http://127.0.0.1:${wrong.port}/`]);
  const said = () => lines.map((line) => JSON.parse(line)).filter(({ callback }) => callback !== undefined);
  await until('all attempts', () => said().length === 3);
  assert.deepEqual(
    said()
      .map(({ payment, level, msg, attempt, next }) => [payment, level, msg, attempt, next?.state])
      .sort(),
    [
      [0, 30, 'callback delivered', 1, undefined],
      [1, 30, 'callback not delivered', 1, 'pending'],
      [1, 40, 'callback not delivered', 2, 'exhausted'],
    ],
  );
});
