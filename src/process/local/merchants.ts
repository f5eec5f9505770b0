import { randomBytes, randomInt } from 'node:crypto';
import { createApp } from '../../auth/server/apps.ts';
import { insertOrganisation } from '../../mpesa/organisations.ts';
import { type Database, inTransaction } from '../../platform/database.ts';

export interface NewMerchant {
  name: string;
  /** Its own number, when it is a pay bill. Made up when neither is given. */
  paybill?: string;
  /** Its till, and the store number that signs the till's requests; one that is not given is made up. */
  till?: string;
  store?: string;
}

/** What a merchant's app needs, shown this once: the passkey, too, is kept as its hash alone. */
export interface MerchantCredentials {
  name: string;
  kind: 'paybill' | 'till';
  /** `BusinessShortCode`: the pay bill, or the till's store number. */
  shortCode: string;
  /** `PartyB`: the same number for a pay bill. */
  partyB: string;
  passkey: string;
  consumerKey: string;
  consumerSecret: string;
}

export interface MerchantSummary {
  name: string;
  kind: 'paybill' | 'till';
  shortCode: string;
  partyB: string;
  products: readonly string[];
  /** The app that was made with it, its key masked; `null`: it has none of its own. */
  consumerKey: string | null;
}

export type Created = { ok: true; merchant: MerchantCredentials } | { ok: false; taken: string };

/** A merchant with an app of its own. A number that somebody has is refused. */
export async function createMerchant(database: Database, wanted: NewMerchant): Promise<Created> {
  const { name } = wanted;
  const isTill = wanted.till !== undefined || wanted.store !== undefined;
  const shortCode = (isTill ? wanted.store : wanted.paybill) ?? madeUp();
  const partyB = isTill ? (wanted.till ?? madeUp()) : shortCode;
  const kind = isTill ? 'till' : 'paybill';
  const passkey = randomBytes(32).toString('hex');
  try {
    return await inTransaction(database, async (client): Promise<Created> => {
      const { appId, ...credentials } = await createApp(client, { name });
      const organisations = isTill
        ? [
            { shortCode, name: `${name} (store)`, kind: 'till' as const, passkey, appId },
            { shortCode: partyB, name, kind: 'till' as const, headOffice: shortCode, appId },
          ]
        : [{ shortCode, name, kind: 'paybill' as const, passkey, appId }];
      for (const organisation of organisations) {
        if (!(await insertOrganisation(client, organisation))) throw new Taken(organisation.shortCode);
      }
      return { ok: true, merchant: { name, kind, shortCode, partyB, passkey, ...credentials } };
    });
  } catch (error) {
    if (error instanceof Taken) return { ok: false, taken: error.shortCode };
    throw error;
  }
}

/** Pay bills and tills, by their number. A store number is shown with its till. */
export async function listMerchants(database: Database, without: string): Promise<MerchantSummary[]> {
  const { rows } = await database.query<MerchantSummary>(
    `select name, kind, head_office as "shortCode", short_code as "partyB", products,
       left(app.consumer_key, 4) || '••••' as "consumerKey"
     from mpesa.organisation organisation
     left join lateral (select consumer_key from auth.app where id::text = organisation.app_id) app on true
     where short_code <> $1 and (kind = 'paybill' or head_office <> short_code)
     order by short_code`,
    [without],
  );
  return rows;
}

class Taken extends Error {
  readonly shortCode: string;

  constructor(shortCode: string) {
    super(`${shortCode} is taken`);
    this.shortCode = shortCode;
  }
}

/** Seven digits: none of the vendor's published ones. */
function madeUp(): string {
  return String(randomInt(7_000_000, 8_000_000));
}
