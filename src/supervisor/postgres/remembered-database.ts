import { readFile } from 'node:fs/promises';
import { placeOf } from '../../platform/database/database-url.ts';
import { replaceFile } from '../../platform/files/atomic-file.ts';
import type { Home } from '../home/home.ts';

/** A home that was made with a database elsewhere says where it is, without user and password. */
export function rememberDatabase({ databaseFile }: Pick<Home, 'databaseFile'>, url: string): Promise<void> {
  return replaceFile(databaseFile, `${placeOf(url)}\n`);
}

/**
 * Without DATABASE_URL such a home would open an embedded database, with nothing in it: payments would seem
 * to be gone.
 */
export async function refuseForgottenDatabase({ databaseFile }: Pick<Home, 'databaseFile'>): Promise<void> {
  const place = await readFile(databaseFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (place === undefined) return;
  throw new Error(
    `the database of this home is at ${place.trim()}, and DATABASE_URL is not set: an embedded one would begin empty. ` +
      `Set DATABASE_URL; or name another home with IMARA_HOME; or, to begin again here, remove ${databaseFile}`,
  );
}
