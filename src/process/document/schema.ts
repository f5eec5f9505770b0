import { join } from 'node:path';
import type { MigrationSource } from '../../platform/database/migrate.ts';

/** The parts that have tables, in the order in which their schemas build on each other. */
export const schema: readonly MigrationSource[] = [
  'ledger',
  'auth',
  'handset',
  'delivery',
  'mpesa',
  'control',
].map((part) => ({ part, directory: join(import.meta.dirname, '..', '..', part, 'migrations') }));
