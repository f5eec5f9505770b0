import { parseDatabaseUrl, placeOf } from '../../platform/database/database-url.ts';
import { PrimaryClient } from '../../platform/database/primary-client.ts';

export const OLDEST_POSTGRES = 15;

/**
 * Checks that the server of `DATABASE_URL` can be used; the error says what to do. Gives up after
 * `timeoutMs`.
 */
export async function checkServer(url: string, timeoutMs: number): Promise<void> {
  const place = placeOf(url);
  const parsed = parseDatabaseUrl(url);
  if (!parsed.ok) throw new Error(`DATABASE_URL cannot be used: ${parsed.reason}`);
  const client = new PrimaryClient({
    connectionString: parsed.url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on('error', () => {});
  let number: number;
  try {
    await client.connect();
    const { rows } = await client.query<{ number: string }>(
      `select current_setting('server_version_num') as number`,
    );
    number = Number(rows[0]?.number);
  } catch (error) {
    throw new Error(
      `the PostgreSQL of DATABASE_URL (${place}) does not answer: ${(error as Error).message}. ` +
        'Correct DATABASE_URL, or unset it to use the embedded one.',
    );
  } finally {
    await client.end().catch(() => {});
  }
  const major = Math.floor(number / 10_000);
  if (major >= OLDEST_POSTGRES) return;
  throw new Error(
    `the PostgreSQL of DATABASE_URL (${place}) is version ${major}; Imara needs ${OLDEST_POSTGRES} or newer. ` +
      'Use a newer one, or unset DATABASE_URL to use the embedded one.',
  );
}
