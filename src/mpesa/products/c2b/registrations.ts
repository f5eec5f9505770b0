import type { Database } from '../../../platform/database/database.ts';
import type { Registration } from '../../payments/types.ts';

export interface NewRegistration extends Registration {
  readonly shortCode: string;
  readonly appId: string;
}

/**
 * What became of a registration.
 *   taken       it holds for payments from now on
 *   registered  the short code has URLs, and they stay
 *   refused     nobody has this short code, or it is not one for payments that customers make by themselves
 */
export type Registered = 'taken' | 'registered' | 'refused';

/** What holds for a pay bill, or for a till: under its own number, else under its store's. */
export async function findRegistration(
  database: Database,
  { shortCode, headOffice }: { readonly shortCode: string; readonly headOffice: string },
): Promise<Registration | undefined> {
  const { rows } = await database.query<Registration>({
    name: 'c2b_find_registration',
    text: `select version, response_type as "responseType", confirmation_url as "confirmationUrl",
        validation_url as "validationUrl"
      from mpesa.c2b_registration where short_code in ($1, $2) order by short_code = $1 desc limit 1`,
    values: [shortCode, headOffice],
  });
  return rows[0];
}

/** In one statement: of two at once for a short code the first counts, unless it may be overwritten. */
export async function register(
  database: Database,
  { shortCode, version, responseType, confirmationUrl, validationUrl, appId }: NewRegistration,
  { overwrites, now }: { overwrites: boolean; now: Date },
): Promise<Registered> {
  const { rows } = await database.query<{ permitted: boolean | null; taken: boolean }>({
    name: 'c2b_register',
    text: `with organisation as (
        select short_code, 'c2b' = any(products) as permitted from mpesa.organisation where short_code = $1),
      written as (
        insert into mpesa.c2b_registration as registered (short_code, version, response_type, confirmation_url,
          validation_url, app_id, registered_at)
        select short_code, $2::smallint, $3, $4, $5, $6, $7::timestamptz from organisation where permitted
        on conflict (short_code) do update set version = excluded.version, response_type = excluded.response_type,
          confirmation_url = excluded.confirmation_url, validation_url = excluded.validation_url,
          app_id = excluded.app_id, registered_at = excluded.registered_at
        where $8
        returning 1)
      select (select permitted from organisation) as permitted, exists (select from written) as taken`,
    values: [shortCode, version, responseType, confirmationUrl, validationUrl, appId, now, overwrites],
  });
  const [row] = rows;
  if (row?.permitted !== true) return 'refused';
  return row.taken ? 'taken' : 'registered';
}
