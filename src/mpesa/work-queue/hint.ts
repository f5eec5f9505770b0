import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../platform/database/database.ts';
import { PrimaryClient } from '../../platform/database/primary-client.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';

const CONNECT_MS = 5_000;
const RECONNECT_MS = 1_000;
const HINT_EVERY_MS = 20;

/**
 * Tells the workers that listen to `channel` to look: at once after a pause, else every 20 ms, since a
 * notification costs as much as twenty rows. It commits on its own: inside a batch it would hold the lock on
 * the notification queue while the batch is written to disk, one batch at a time for all processes. `topics`:
 * what to look for, where the listeners of a channel look for several things; names of products.
 */
export function workerHint(database: Database, channel: string): (topics?: Iterable<string>) => void {
  let pause: NodeJS.Timeout | undefined;
  let again = false;
  const asked = new Set<string>();
  const send = (): void => {
    again = false;
    const topics = [...asked].join();
    asked.clear();
    pause = setTimeout(() => {
      pause = undefined;
      if (again) send();
    }, HINT_EVERY_MS);
    database
      .query({ name: 'worker_hint', text: hintText, values: [channel, topics] })
      // A lost hint costs a moment: workers look by themselves.
      .catch(() => {});
  };
  return (topics = []) => {
    for (const topic of topics) asked.add(topic);
    if (pause === undefined) send();
    else again = true;
  };
}

const hintText = `select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`;

/**
 * Calls `onHint` whenever somebody notifies the channel, with its topics (none: anything may have come), on a
 * connection of its own, until `signal` aborts. A hint only saves the wait for the next poll, so a lost
 * connection loses nothing: it is made again in a second. Settles when the connection is closed.
 */
export async function listen(
  database: Database,
  channel: string,
  { onHint, signal, log }: { onHint: (topics: readonly string[]) => void; signal: AbortSignal; log: Log },
): Promise<void> {
  while (!signal.aborted) {
    const client = new PrimaryClient(database.options);
    const ended = Promise.withResolvers<void>();
    const end = () => ended.resolve();
    client.on('error', end).on('end', end);
    client.on('notification', ({ payload }) => onHint(payload ? payload.split(',') : []));
    signal.addEventListener('abort', end);
    try {
      await within(Deadline.in(CONNECT_MS), 'listening for hints', async () => {
        await client.connect();
        await client.query(`listen ${client.escapeIdentifier(channel)}`);
      });
      await ended.promise;
    } catch (error) {
      log.warn({ err: error, channel }, 'no hints for now: what is new is found by polling');
    } finally {
      signal.removeEventListener('abort', end);
      // The connection may be half made or half dead: it is dropped, not asked.
      client.connection?.stream.destroy();
    }
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {});
  }
}
