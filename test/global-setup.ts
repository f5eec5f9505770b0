import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '../src/supervisor/postgres/postgres.ts';

// One real PostgreSQL for the run; every test file makes databases of its own in it (test/database.ts).
let directory: string;
let postgres: RunningPostgres;

export async function globalSetup(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'imara-test-'));
  postgres = await startPostgres({ directory, port: 0 });
  process.env.IMARA_TEST_POSTGRES = postgres.url();
}

export async function globalTeardown(): Promise<void> {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
