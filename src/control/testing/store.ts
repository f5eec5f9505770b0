import { join } from 'node:path';
import { testDatabase } from '../../../test/database.ts';

/** An empty database with control's tables. */
export function controlDatabase() {
  return testDatabase([{ part: 'control', directory: join(import.meta.dirname, '..', 'migrations') }]);
}
