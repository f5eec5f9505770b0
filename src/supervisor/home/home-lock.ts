import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Home } from './home.ts';

export interface HomeLock {
  release(): void;
}

/**
 * The right to run the processes of this home; `undefined` when another supervisor has it. The lock is a
 * transaction on an SQLite file: the kernel takes it back from a process that was killed, so there is no
 * stale lock to judge.
 */
export function lockHome(home: Home): HomeLock | undefined {
  for (const directory of [home.logs, home.keys]) mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(join(home.directory, 'lock.sqlite'), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

const SQLITE_BUSY = 5;
