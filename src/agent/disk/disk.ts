import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { Deadline, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { type LastWill, readWill } from './last-will.ts';
import { type MemoryStore, openMemoryStore } from './memory-store.ts';
import { type Outbox, openOutbox } from './report-outbox.ts';

/** Everything the instance knows of its past. */
export interface Disk {
  readonly store: MemoryStore;
  readonly outbox: Outbox;
  readonly will: LastWill | undefined;
}

const READ_MS = 5_000;

/**
 * Reads the instance's directory; makes it, for this user alone, where there is none. Rejects when the disk
 * refuses or hangs: to serve with the built-in defaults where something else was proved may be the worse
 * fault.
 */
export function openDisk(directory: string, clock: Clock, log: Log): Promise<Disk> {
  return within(Deadline.in(READ_MS), `reading ${directory}`, async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const store = await openMemoryStore(join(directory, 'proved'));
    const { outbox, skipped } = await openOutbox(directory, {
      now: () => clock.now(),
      failed: (error) => log.error({ err: error }, 'the outbox could not be written'),
    });
    for (const each of [...store.skipped, skipped]) {
      if (each !== undefined) log.warn({ skipped: each }, 'passed over what cannot be read');
    }
    return { store, outbox, will: await readWill(directory) };
  });
}
