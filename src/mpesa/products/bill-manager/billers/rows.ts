import { randomInt } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Database, DatabaseClient } from '../../../../platform/database/database.ts';
import type { OptIn } from '../fields.ts';
import type { Ruled } from '../settings.ts';

type Queryable = Database | DatabaseClient;

/** An organisation that opted in. */
export interface Biller {
  readonly shortCode: string;
  readonly name: string;
}

/** `AG_2376487236_126732989KJ` */
function newAppKey(): string {
  const letter = () => String.fromCharCode(65 + randomInt(26));
  const digits = (count: number) => String(randomInt(10 ** (count - 1), 10 ** count));
  return `AG_${digits(10)}_${digits(9)}${letter()}${letter()}`;
}

/** The key of a new biller; `undefined`: the short code has opted in before. */
export async function insertBiller(
  database: Queryable,
  read: OptIn,
  { appId, now }: { appId: string; now: Date },
): Promise<string | undefined> {
  const { rows } = await database.query<{ appKey: string }>({
    name: 'biller_opt_in',
    text: `insert into mpesa.biller (short_code, app_id, app_key, email, official_contact, send_reminders, logo,
        callback_url, opted_in_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      on conflict (short_code) do nothing returning app_key as "appKey"`,
    values: [read.shortcode, appId, newAppKey(), ...detailsOf(read), now],
  });
  return rows[0]?.appKey;
}

/** False: no such biller of this app. */
export async function changeBiller(
  database: Queryable,
  read: OptIn,
  { appId, appKey }: Asking,
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'biller_change',
    text: `update mpesa.biller set email = $4, official_contact = $5, send_reminders = $6,
        logo = case when $7 = '' then logo else $7 end,
        callback_url = case when $8 = '' then callback_url else $8 end
      where short_code = $1 and app_id = $2 and ($3::text is null or app_key = $3)`,
    values: [read.shortcode, appId, appKey ?? null, ...detailsOf(read)],
  });
  return rowCount === 1;
}

function detailsOf({ email, officialContact, sendReminders, logo, callbackurl }: OptIn) {
  return [email, officialContact, sendReminders, logo, callbackurl];
}

/** Who asks: an app, and the key that it sends. */
export interface Asking {
  readonly appId: string;
  readonly appKey: string | undefined;
}

export function askingOf({ appId, headers }: FastifyRequest): Asking {
  const appKey = headers.app_key ?? headers.appkey;
  return { appId, appKey: appKey === undefined ? undefined : String(appKey) };
}

/**
 * The biller that a request is for: the one of the key that was sent; without a key the app's one and only,
 * where that is allowed. `undefined`: there is none.
 */
export async function billerOf(
  database: Queryable,
  { appId, appKey }: Asking,
  { billManager }: Ruled,
): Promise<Biller | undefined> {
  if (appKey === undefined && billManager.appKey === 'required') return undefined;
  const { rows } = await database.query<Biller>({
    name: 'biller_of_app',
    text: `select biller.short_code as "shortCode", coalesce(organisation.name, biller.short_code) as name
      from mpesa.biller left join mpesa.organisation using (short_code)
      where biller.app_id = $1 and ($2::text is null or biller.app_key = $2) limit 2`,
    values: [appId, appKey ?? null],
  });
  return rows.length === 1 ? rows[0] : undefined;
}
