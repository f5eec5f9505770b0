import { randomUUID } from 'node:crypto';
import { afterEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createDelivery, type Delivery } from '../src/delivery/deliver.ts';
import { insertCallbacks } from '../src/delivery/outbox/enqueue.ts';
import { type DeliverySettings, defaultDeliverySettings } from '../src/delivery/settings.ts';
import type { Callback } from '../src/delivery/types.ts';
import type { Database } from '../src/platform/database/database.ts';
import { testDatabase } from './database.ts';

export const local: DeliverySettings = {
  ...defaultDeliverySettings,
  attemptTimeoutMs: 1_500,
  allowPrivateTargets: true,
  allowPlainHttp: true,
  pollMs: 50,
};

export interface Worker {
  delivery: Delivery;
  registry: Registry;
  clock: { now(): number; at: number | undefined };
  /** What it logged. */
  lines: string[];
}

/** Real PostgreSQL with the table of callbacks, and workers that are closed after each test. */
export async function deliveryFixture() {
  const { database } = await testDatabase([
    { part: 'delivery', directory: fileURLToPath(new URL('../src/delivery/migrations', import.meta.url)) },
  ]);

  const running: Delivery[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((delivery) => delivery.close()));
    await database.query('truncate delivery.callback, delivery.attempt');
  });

  function start(settings: DeliverySettings = local, on: Database = database): Worker {
    const registry = new Registry();
    const clock = { at: undefined as number | undefined, now: () => clock.at ?? Date.now() };
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push(line) });
    const delivery = createDelivery({
      database: on,
      settings: () => settings,
      clock,
      log,
      registry,
      about: ({ body }) => ({ payment: JSON.parse(body).i }),
    });
    void delivery.run();
    running.push(delivery);
    return { delivery, registry, clock, lines };
  }

  async function enqueue(urls: string[], own: Partial<Callback> = {}): Promise<Callback[]> {
    const callbacks = urls.map((url, i) => ({
      id: randomUUID(),
      url,
      headers: { Businessshortcode: '174379' },
      body: JSON.stringify({ i }),
      // Before any clock that a test has stopped.
      dueAt: new Date(Date.now() - 1_000),
      ...own,
    }));
    await insertCallbacks(database, callbacks);
    return callbacks;
  }

  async function count(where: string, values: unknown[] = []): Promise<number> {
    const { rows } = await database.query(
      `select count(*)::int as n from delivery.callback where ${where}`,
      values,
    );
    return rows[0].n;
  }

  async function attemptsOf(id: string): Promise<{ n: number; outcome: string; reason: string | null }[]> {
    const { rows } = await database.query(
      'select n, outcome, reason from delivery.attempt where callback_id = $1 order by at, n',
      [id],
    );
    return rows;
  }

  async function stateOf(id: string): Promise<string> {
    const { rows } = await database.query('select state from delivery.callback where id = $1', [id]);
    return rows[0].state;
  }

  return { database, running, start, enqueue, count, attemptsOf, stateOf };
}
