import { parseDatabaseUrl, serverOf } from '../../platform/database/database-url.ts';
import { variable } from '../../platform/environment/read.ts';
import type { Environment, VariableName } from '../../platform/environment/variables.ts';
import { withGrant } from './permission.ts';
import { createDatabase } from './postgres.ts';

/**
 * The database of each environment, by its name: that of production, and one beside it for each other, made
 * when there is none, or, for `testing`, where `IMARA_TESTING_DATABASE_URL` says.
 */
export async function environmentDatabases(
  environments: readonly string[],
  production: string,
  told: Environment,
): Promise<ReadonlyMap<string, string>> {
  const urls = new Map(environments.map((name) => [name, databaseUrlOf(name, production, told)]));
  for (const url of urls.values()) if (url !== production) await makeDatabase(url, production);
  return urls;
}

function databaseUrlOf(environment: string, production: string, told: Environment): string {
  if (environment === 'production') return production;
  const named = environment === 'testing' ? variable('IMARA_TESTING_DATABASE_URL', told) : undefined;
  if (named !== undefined) return readDatabaseUrl(named, 'IMARA_TESTING_DATABASE_URL');
  const url = new URL(production);
  url.pathname += `_${environment}`;
  return url.href;
}

async function makeDatabase(url: string, beside: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const server = new URL(url);
  server.pathname = new URL(beside).pathname;
  // A database in another place is made by the owner of that place.
  if (serverOf(url) !== serverOf(beside)) return;
  await createDatabase(server.href, name).catch((error: unknown) => {
    throw withGrant(error, server.href, name);
  });
}

/** Throws an error for people when it cannot be used. */
export function readDatabaseUrl(text: string, name: VariableName = 'DATABASE_URL'): string {
  const parsed = parseDatabaseUrl(text);
  if (parsed.ok) return parsed.url;
  throw new Error(`${name} cannot be used: ${parsed.reason}`);
}
