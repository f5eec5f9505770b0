import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { Client } from 'pg';
import { type Database, openDatabase } from '../src/platform/database/database.ts';
import { type MigrationSource, migrate } from '../src/platform/database/migrate.ts';

/**
 * An empty database of its own in the run's PostgreSQL, with the given schemas. It ends with that server:
 * hooks run in the order of their registration, so a drop here would come before the parts that use it have
 * stopped, and a worker would wait for ever to record what it did.
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
  after(() => database.end());
  await migrate(database, sources);
  return { database, url: url.href };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
