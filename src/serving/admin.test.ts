import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Counter, Gauge, Registry } from 'prom-client';
import { createAdminServer } from './admin.ts';
import { createCounts } from './counts.ts';
import { createHealth, type Health } from './readiness/health.ts';

const noAnswers = { answered: 0, failed: 0 };

async function admin(health: Health, registry = new Registry(), counts = createCounts(() => 'shop-4')) {
  const server = createAdminServer({ health, registry, counts });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  after(() => server.close());
  return (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
}

test('a process that knows nothing yet is live, and not ready', async () => {
  const get = await admin(createHealth());
  assert.equal((await get('/livez')).status, 200);
  const readiness = await get('/readyz');
  assert.equal(readiness.status, 503);
  assert.deepEqual(await readiness.json(), { ready: false, checks: {}, answers: noAnswers });
});

test('ready when every check is, and each one that is not says why', async () => {
  const health = createHealth();
  const get = await admin(health);
  let database = false;
  health.check('listening', () => ({ ready: true }));
  health.check('database', () =>
    database ? { ready: true } : { ready: false, reason: 'not connected yet' },
  );
  const before = await get('/readyz');
  assert.equal(before.status, 503);
  assert.deepEqual(await before.json(), {
    ready: false,
    checks: { listening: { ready: true }, database: { ready: false, reason: 'not connected yet' } },
    answers: noAnswers,
  });
  database = true;
  assert.equal((await get('/readyz')).status, 200);
});

test('how its last answers went is told, and makes nobody unready', async () => {
  const health = createHealth();
  const get = await admin(health);
  health.check('listening', () => ({ ready: true }));
  health.answered(true);
  health.answered(false);
  const readiness = await get('/readyz');
  assert.equal(readiness.status, 200);
  assert.deepEqual(((await readiness.json()) as { answers: object }).answers, { answered: 2, failed: 1 });
});

test('what fails everywhere makes a process unready, and is no reason to send its requests elsewhere', async () => {
  const health = createHealth();
  const get = await admin(health);
  health.check('serving', () => ({ ready: true }));
  health.check('database', () => ({ ready: false, reason: 'it is gone' }), 'shared');
  assert.equal((await get('/readyz')).status, 503);
  const routing = await get('/routez');
  assert.equal(routing.status, 200);
  assert.deepEqual(await routing.json(), { ready: true, checks: { serving: { ready: true } } });
  health.check('serving', () => ({ ready: false, reason: 'it is draining' }));
  assert.equal((await get('/routez')).status, 503);
});

test('R10: a check that fails to judge is not ready', async () => {
  const health = createHealth();
  const get = await admin(health);
  health.check('queue', () => {
    throw new Error('no connection');
  });
  assert.deepEqual(await (await get('/readyz')).json(), {
    ready: false,
    checks: { queue: { ready: false, reason: 'the check itself failed: Error: no connection' } },
    answers: noAnswers,
  });
});

test('metrics are in Prometheus form; collecting that fails is a 500, not a crash', async () => {
  const registry = new Registry();
  const get = await admin(createHealth(), registry);
  new Counter({ name: 'sample_total', help: 'A sample.', registers: [registry] }).inc(3);
  const metrics = await get('/metrics');
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0.0.4/);
  assert.match(await metrics.text(), /^sample_total 3$/m);
  const broken = {
    name: 'broken',
    help: 'Fails.',
    registers: [registry],
    collect: () => Promise.reject(new Error('no')),
  };
  new Gauge(broken);
  assert.equal((await get('/metrics')).status, 500);
});

test('other paths and methods are told what there is', async () => {
  const get = await admin(createHealth());
  assert.equal((await get('/')).status, 404);
  assert.equal((await get('/livez', 'POST')).status, 405);
});

test('what it did is counted by product and release, beside what is under way', async () => {
  const counts = createCounts(() => 'shop-5');
  const get = await admin(createHealth(), new Registry(), counts);
  counts.count('good', 'shop-4', 'stk');
  counts.count('bad', 'shop-5', 'stk');
  counts.count('bad', 'shop-5', 'stk');
  counts.count('good', 'shop-5');
  const underWay = [{ product: 'stk', inFlight: 2, oldestMs: 40, deadlineMs: 5_000 }];
  counts.underWay(() => underWay);
  assert.deepEqual(await (await get('/counts')).json(), {
    pid: process.pid,
    release: 'shop-5',
    counts: [
      { product: 'stk', release: 'shop-4', good: 1, bad: 0 },
      { product: 'stk', release: 'shop-5', good: 0, bad: 2 },
      { product: null, release: 'shop-5', good: 1, bad: 0 },
    ],
    underWay,
  });
});
