// A small instance of Imara for the bench: the serving of the API, with handlers that do nothing but wait
// 20 ms, and an admin port with `/counts` and `/metrics`. Its parent sends the fault that it is to have.
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createAdminServer } from '../../src/serving/admin.ts';
import { createCounts } from '../../src/serving/counts.ts';
import { showCounts } from '../../src/serving/counts-metrics.ts';
import { createHealth } from '../../src/serving/readiness/health.ts';
import { createApiServer } from '../../src/serving/server.ts';
import { defaultServingSettings } from '../../src/serving/settings.ts';
import type { Fault } from './faults.ts';

const WORK_MS = 20;
const HANG_MS = 3_600_000;

const [, , service = ''] = process.argv;
let fault: Fault | undefined;
process.on('message', (message: { fault: Fault }) => {
  fault = message.fault;
  // The event loop stands still, and so does the admin port.
  if (fault === 'event loop hangs') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HANG_MS);
});
process.once('disconnect', () => process.exit(0));

const registry = new Registry();
const counts = createCounts(() => 'bench-1');
showCounts(registry, counts);
const products = { push: `${service}-push`, payout: `${service}-payout` };
const settings = { ...defaultServingSettings, slowStartMs: 0 };
const server = createApiServer({
  operations: [
    { method: 'POST', path: '/push', product: products.push, priority: 'money' },
    { method: 'POST', path: '/payout', product: products.payout, priority: 'money' },
  ],
  refusalForm: (operation, reason) =>
    operation === undefined
      ? { status: 404, body: reason, fault: 'caller', kind: 'not found' }
      : { status: 503, body: reason, fault: 'ours', kind: 'busy' },
  settings: () => settings,
  log: pino({ level: 'silent' }),
  registry,
  configVersion: () => 'bench-1',
  // As an api process counts.
  onOutcome(outcome, release, { product }) {
    const isBad = outcome !== 'good' && outcome !== 'slow' && outcome !== 'refused';
    counts.count(isBad ? 'bad' : 'good', release, product);
  },
});
counts.underWay(() => server.underWay());

async function answer(product: keyof typeof products): Promise<object> {
  await sleep(fault === 'latency tripled' ? 3 * WORK_MS : WORK_MS);
  if (fault === 'promise never settles') await new Promise(() => {});
  const fails =
    fault === 'all requests fail' ||
    (fault === '10 % fail' && Math.random() < 0.1) ||
    (fault === 'one product fails' && product === 'payout');
  if (fails) throw new Error('a fault of the bench');
  return {};
}
server.fastify.post('/push', () => answer('push'));
server.fastify.post('/payout', () => answer('payout'));

const port = await server.listen({ host: '127.0.0.1', port: 0 });
const admin = createAdminServer({ health: createHealth(), registry, counts });
process.send?.({ port, admin: await admin.listen({ host: '127.0.0.1', port: 0 }) });
