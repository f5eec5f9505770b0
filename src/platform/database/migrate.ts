import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, type DatabaseClient, inTransaction } from './database.ts';

/** The SQL files of one part, applied in the order of their names. */
export interface MigrationSource {
  part: string;
  directory: string;
}

const DUPLICATE = new Set(['23505', '42P07']);

/**
 * Brings the schema up to date: one transaction, under a lock on the table of migrations, so that any number
 * of processes may start at once. A file that was applied is never applied again, and never changed: a
 * difference is an error, because the database cannot be made to follow it. Returns the names applied now.
 */
export async function migrate(database: Database, sources: readonly MigrationSource[]): Promise<string[]> {
  await createTable(database);
  return inTransaction(database, async (client) => {
    await client.query(`set local statement_timeout = 0; set local lock_timeout = '60s'`);
    await client.query('lock table imara_migration in exclusive mode');
    const applied = await appliedChecksums(client);
    const now: string[] = [];
    for (const { part, directory } of sources) {
      for (const file of (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort()) {
        const name = `${part}/${file}`;
        const sql = await readFile(join(directory, file), 'utf8');
        const checksum = createHash('sha256').update(sql).digest('hex');
        const known = applied.get(name);
        if (known === checksum) continue;
        if (known !== undefined) {
          throw new Error(`migration ${name} was changed after it was applied; write a new file instead`);
        }
        await client.query(sql);
        await client.query('insert into imara_migration (name, checksum) values ($1, $2)', [name, checksum]);
        now.push(name);
      }
    }
    return now;
  });
}

async function createTable(database: Database): Promise<void> {
  const create = `create table if not exists imara_migration (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`;
  try {
    await database.query(create);
  } catch (error) {
    // Two processes may both find it missing (PostgreSQL does not lock for "if not exists"): the other made
    // it.
    if (!DUPLICATE.has((error as { code?: string }).code ?? '')) throw error;
  }
}

async function appliedChecksums(client: DatabaseClient): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from imara_migration',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}
