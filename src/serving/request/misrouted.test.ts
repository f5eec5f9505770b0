import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createApiServer } from '../server.ts';
import { defaultServingSettings } from '../settings.ts';

test('a route runs only for the operation that the gate admitted: two opinions are a fault of ours, counted and logged', async () => {
  const lines: string[] = [];
  const registry = new Registry();
  const server = createApiServer({
    operations: [
      { method: 'POST', path: '/pay/all', product: 'all', priority: 'money' },
      { method: 'POST', path: '/pay/:kind', product: 'one', priority: 'money' },
      { method: 'POST', path: '/pay/known', product: 'known', priority: 'money' },
    ],
    refusalForm: (operation, reason) => ({
      status: 500,
      body: JSON.stringify({ reason, path: operation?.path ?? null }),
      fault: 'ours',
      kind: reason,
    }),
    settings: () => ({ ...defaultServingSettings, slowStartMs: 0 }),
    log: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    registry,
    configVersion: () => 'v1',
  });
  let paid = 0;
  const pay = async () => {
    paid += 1;
    return { paid };
  };
  server.fastify.post('/pay/:kind', pay);
  server.fastify.post('/pay/known', pay);
  after(() => server.close());
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' });
    return [response.status, await response.json()];
  };

  // The gate knows the path as one product's; the router finds the route of another's.
  assert.deepEqual(await ask('/pay/all'), [500, { reason: 'misrouted', path: '/pay/all' }]);
  // The gate knows it as nobody's.
  assert.deepEqual(await ask('/pay/anything'), [500, { reason: 'misrouted', path: null }]);
  assert.equal(paid, 0);
  assert.deepEqual(await ask('/pay/known'), [200, { paid: 1 }]);

  const metrics = await registry.metrics();
  assert.match(
    metrics,
    /http_server_refused_total\{http_route="\/pay\/all",reason="misrouted",config_version="v1"\} 1/,
  );
  assert.match(lines.join(''), /"admitted":"\/pay\/all".*the router found another operation/);
});
