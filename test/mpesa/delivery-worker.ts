// A delivery worker in a process of its own, for tests that kill it: settings and database come from the
// environment.
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createDelivery } from '../../src/delivery/deliver.ts';
import { type DeliverySettings, defaultDeliverySettings } from '../../src/delivery/settings.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { openDatabase } from '../../src/platform/database/database.ts';

const settings: DeliverySettings = {
  ...defaultDeliverySettings,
  allowPrivateTargets: true,
  allowPlainHttp: true,
  pollMs: 20,
};

await createDelivery({
  database: openDatabase({ url: process.env.TEST_DATABASE ?? '', name: 'worker', maxConnections: 4 }),
  settings: () => settings,
  clock: systemClock,
  log: pino({ level: 'error' }),
  registry: new Registry(),
}).run();
