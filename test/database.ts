import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { Client } from 'pg';
import { type Database, openDatabase } from '../src/platform/database/database.ts';
import { type MigrationSource, migrate } from '../src/platform/database/migrate.ts';

/**
 * An empty database of its own in the run's PostgreSQL, with the given schemas; dropped after the test file.
 */
export async function testDatabase(
  sources: readonly MigrationSource[] = [],
): Promise<{ database: Database; url: string }> {
  const server = process.env.IMARA_TEST_POSTGRES;
  if (server === undefined) throw new Error('run tests with `npm test -- FILE`: it starts their PostgreSQL');
  const name = `t_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href, name: 'test', maxConnections: 10 });
  after(async () => {
    await database.end();
    await onServer(server, `drop database ${name} with (force)`);
  });
  await migrate(database, sources);
  return { database, url: url.href };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
