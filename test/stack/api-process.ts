// An API process for tests and benches of serving: on the socket its parent bound (fd 3), or on `--port`.
// When it listens it writes its ports, in JSON; SIGTERM drains it. Its handler costs `--cpu` milliseconds of
// work and `--wait` milliseconds of waiting.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fastify } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Deadline } from '../../src/platform/deadline.ts';
import { createAdminServer } from '../../src/serving/admin.ts';
import { createCounts } from '../../src/serving/counts.ts';
import { createHealth } from '../../src/serving/readiness/health.ts';
import { createApiServer } from '../../src/serving/server.ts';
import { defaultServingSettings, type ServingSettings } from '../../src/serving/settings.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    cpu: { type: 'string', default: '0' },
    wait: { type: 'string', default: '0' },
    bare: { type: 'boolean', default: false },
    settings: { type: 'string', default: '{}' },
  },
});
const [cpuMs, waitMs] = [Number(values.cpu), Number(values.wait)];
const settings: ServingSettings = { ...defaultServingSettings, ...JSON.parse(values.settings) };

const registry = new Registry();
const server = createApiServer({
  operations: [
    { method: 'POST', path: '/pay', product: 'stk', priority: 'money' },
    { method: 'POST', path: '/hang', product: 'c2b', priority: 'money' },
  ],
  refusalForm: (_operation, reason) => ({
    status: 503,
    body: JSON.stringify({
      requestId: 'none',
      errorCode: '500.003.02',
      errorMessage: `System is busy (${reason})`,
    }),
    fault: 'ours',
    kind: 'busy',
  }),
  settings: () => settings,
  log: pino({ level: 'error' }),
  registry,
  configVersion: () => 'test',
});
async function pay() {
  const until = performance.now() + cpuMs;
  while (performance.now() < until);
  if (waitMs > 0) await sleep(waitMs);
  return { pid: process.pid };
}
server.fastify.post('/pay', pay);
// A product whose dependency never answers.
server.fastify.post('/hang', () => new Promise(() => {}));

/** The same handler without serving: what `--bare` compares with. */
async function listenBare(): Promise<number> {
  const bare = fastify();
  bare.post('/pay', pay);
  await bare.listen({ host: '127.0.0.1', port: Number(values.port) });
  const address = bare.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
const address = values.port === undefined ? { fd: 3 } : { host: '127.0.0.1', port: Number(values.port) };
const port = values.bare ? await listenBare() : await server.listen(address);
const health = createHealth();
health.check('serving', () => (server.draining ? { ready: false, reason: 'draining' } : { ready: true }));
const admin = createAdminServer({ health, registry, counts: createCounts(() => 'built-in') });
const adminPort = await admin.listen({ host: '127.0.0.1', port: 0 });
process.once('SIGTERM', async () => {
  await server.drain(Deadline.in(15_000));
  await server.close();
  process.exit(0);
});
console.log(JSON.stringify({ port, adminPort }));
