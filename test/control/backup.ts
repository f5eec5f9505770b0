import { Client } from 'pg';

/**
 * A copy of control's database as it is now. `restore` puts it back in place under the processes that use
 * the database, as an operator would.
 */
export async function backUp(url: string): Promise<{ restore(): Promise<void> }> {
  const server = new URL(url);
  const name = server.pathname.slice(1);
  server.pathname = '/postgres';
  const copy = `${name}_copy`;
  /** PostgreSQL copies a database that nobody is connected to. */
  const alone = (statements: readonly string[]) =>
    onServer(server.href, [
      `alter database ${name} allow_connections false`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      ...statements,
      `alter database ${name} allow_connections true`,
    ]);
  await alone([`create database ${copy} template ${name}`]);
  return {
    restore: () => alone([`drop database ${name} with (force)`, `alter database ${copy} rename to ${name}`]),
  };
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
