import { join } from 'node:path';
import { testDatabase } from '../database.ts';

/** An empty database with control's tables. */
export function controlDatabase() {
  return testDatabase([
    { part: 'control', directory: join(import.meta.dirname, '..', '..', 'src', 'control', 'migrations') },
  ]);
}
