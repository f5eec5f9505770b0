import type { Database, DatabaseClient } from '../../../../platform/database/database.ts';
import { createSeal, type Seal } from '../../../../platform/sealing.ts';

/** Where a merchant is asked whose an account is, and by whom. */
export interface LookUp {
  /** What stands before the paths: no query, no slash at its end. */
  readonly url: string;
  readonly key: string;
  readonly secret: string;
}

/** `undefined`: it was sealed under another `IMARA_CREDENTIAL_KEY`. */
export type StoredLookUp = Omit<LookUp, 'secret'> & { readonly secret: string | undefined };

/** `credentialKey`: `IMARA_CREDENTIAL_KEY`, which control and the API of one machine both have. */
export function sealOfLookUps(credentialKey: string): Seal {
  return createSeal(credentialKey, 'imara account names');
}

export async function findLookUp(
  database: Database | DatabaseClient,
  shortCode: string,
  seal: () => Seal,
): Promise<StoredLookUp | undefined> {
  const { rows } = await database.query<{ url: string; key: string; sealed: Buffer }>({
    name: 'c2b_find_account_names',
    text: `select base_url as url, consumer_key as key, sealed_secret as sealed
      from mpesa.account_names where short_code = $1`,
    values: [shortCode],
  });
  const [row] = rows;
  return row && { url: row.url, key: row.key, secret: seal().open(row.sealed)?.toString('utf8') };
}

/** The merchant is asked no longer; false: it was not. */
export async function deleteLookUp(client: DatabaseClient, shortCode: string): Promise<boolean> {
  const { rowCount } = await client.query('delete from mpesa.account_names where short_code = $1', [
    shortCode,
  ]);
  return rowCount === 1;
}

export async function writeLookUp(
  client: DatabaseClient,
  shortCode: string,
  { url, key, secret }: LookUp,
  seal: () => Seal,
): Promise<void> {
  await client.query(
    `insert into mpesa.account_names (short_code, base_url, consumer_key, sealed_secret)
     values ($1, $2, $3, $4)
     on conflict (short_code) do update set base_url = excluded.base_url,
       consumer_key = excluded.consumer_key, sealed_secret = excluded.sealed_secret`,
    [shortCode, url, key, seal().seal(Buffer.from(secret))],
  );
}
