import { LRUCache } from 'lru-cache';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { type Deadline, within } from '../../platform/deadline.ts';
import { gathered } from '../../platform/loop/gather.ts';
import { type PasskeyHolder, passkeySha256 } from './passkey.ts';

/** Who is paid, as far as taking a request needs it. */
export interface Organisation extends PasskeyHolder {
  shortCode: string;
}

export type OrganisationLookup =
  | { found: true; organisation: Organisation }
  | { found: false; reason: 'absent' }
  /** The database did not tell in time: nobody may conclude that the merchant does not exist. */
  | { found: false; reason: 'unavailable' };

export interface Organisations {
  /** From memory when it can, else by the database within `deadline`. */
  find(shortCode: string, deadline: Deadline): OrganisationLookup | Promise<OrganisationLookup>;
  /**
   * By the database, for who does not believe what was found: its passkey may just have been replaced.
   * `undefined`: it was read within the last second, so that wrong passkeys cost no query each.
   */
  findAgain(shortCode: string, deadline: Deadline): Promise<OrganisationLookup> | undefined;
}

const MAX_KNOWN = 50_000;
const FRESH_MS = 10_000;
/** A merchant that was just made may pay soon; a wrong short code must not cost a query each time. */
const ABSENT_MS = 1_000;
/** The same of a passkey that was just replaced, and a wrong one. */
const AGAIN_MS = 1_000;

/**
 * Short codes in memory. A known one is answered at once and read again in the background when it is old, so
 * that a database that is away stops nobody who is known. Reads are single-flight, and gathered: while one
 * query runs, the next collects, so that any number of unknown short codes is one query at a time.
 */
export function organisations(
  database: Database,
  { nowMs = () => performance.now() }: { nowMs?: () => number } = {},
): Organisations {
  const known = new LRUCache<string, OrganisationLookup>({
    max: MAX_KNOWN,
    ttl: FRESH_MS,
    ttlResolution: 0,
    perf: { now: nowMs },
    fetchMethod: read,
    noDeleteOnStaleGet: true,
    noDeleteOnFetchRejection: true,
    ignoreFetchAbort: true,
  });
  const load = gathered((codes: readonly string[]) => selectOrganisations(database, codes));

  async function read(
    shortCode: string,
    _stale: unknown,
    { options }: { options: { ttl?: number | undefined } },
  ): Promise<OrganisationLookup> {
    const organisation = await load(shortCode);
    if (organisation !== undefined) return { found: true, organisation };
    options.ttl = ABSENT_MS;
    return { found: false, reason: 'absent' };
  }

  function readNow(
    shortCode: string,
    deadline: Deadline,
    { forceRefresh }: { forceRefresh: boolean },
  ): Promise<OrganisationLookup> {
    const unavailable: OrganisationLookup = { found: false, reason: 'unavailable' };
    return within(deadline, 'organisation', () => known.fetch(shortCode, { forceRefresh })).then(
      (lookup) => lookup ?? unavailable,
      () => unavailable,
    );
  }

  return {
    find(shortCode, deadline) {
      const cached = known.get(shortCode, { allowStale: true });
      const isFresh = known.getRemainingTTL(shortCode) > 0;
      if (cached !== undefined && (isFresh || cached.found)) {
        if (!isFresh) known.fetch(shortCode).catch(() => {});
        return cached;
      }
      return readNow(shortCode, deadline, { forceRefresh: false });
    },
    findAgain(shortCode, deadline) {
      const ageMs = FRESH_MS - known.getRemainingTTL(shortCode);
      return ageMs < AGAIN_MS ? undefined : readNow(shortCode, deadline, { forceRefresh: true });
    },
  };
}

async function selectOrganisations(
  database: Database,
  shortCodes: readonly string[],
): Promise<Map<string, Organisation>> {
  const { rows } = await database.query<{
    shortCode: string;
    passkeySha256: Buffer | null;
    formerSha256: Buffer | null;
    formerUntil: Date | null;
  }>({
    name: 'mpesa-organisations',
    text: `select short_code as "shortCode", passkey_sha256 as "passkeySha256",
        former_passkey_sha256 as "formerSha256", former_passkey_until as "formerUntil"
      from mpesa.organisation where short_code = any($1)`,
    values: [shortCodes],
  });
  return new Map(
    rows.map(({ shortCode, passkeySha256, formerSha256: sha256, formerUntil }) => {
      const former = sha256 && formerUntil ? { sha256, untilMs: formerUntil.getTime() } : undefined;
      return [shortCode, { shortCode, passkeySha256: passkeySha256 ?? undefined, former }];
    }),
  );
}

/** What an organisation may have: payments from phones, asked or made; to customers; to organisations. */
export const organisationProducts = ['stk', 'c2b', 'b2c', 'b2b'] as const;

export interface NewOrganisation {
  shortCode: string;
  name: string;
  kind: 'paybill' | 'till';
  /** Short code that holds the money; its own when absent. */
  headOffice?: string;
  /** Absent: it cannot sign requests. Only its SHA-256 is stored. */
  passkey?: string;
  products?: readonly string[];
  /** Who says yes in its name on a phone; absent: nobody can. */
  operator?: Operator;
}

/**
 * Somebody who acts for an organisation on its own phone: the nominated number, and the id that is typed
 * there.
 */
export interface Operator {
  readonly nominatedNumber: string;
  readonly id: string;
}

/** Writes a new organisation; false: somebody has its number. */
export async function insertOrganisation(
  database: Database | DatabaseClient,
  {
    shortCode,
    name,
    kind,
    headOffice = shortCode,
    passkey,
    products = organisationProducts,
  }: NewOrganisation,
): Promise<boolean> {
  const { rowCount } = await database.query(
    `insert into mpesa.organisation (short_code, name, kind, head_office, passkey_sha256, products)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [shortCode, name, kind, headOffice, passkeySha256(passkey), products],
  );
  return rowCount === 1;
}

/** Writes the organisation, or brings the one with its short code up to date. Idempotent. */
export async function seedOrganisation(
  database: Database,
  {
    shortCode,
    name,
    kind,
    headOffice = shortCode,
    passkey,
    products = organisationProducts,
    operator,
  }: NewOrganisation,
): Promise<void> {
  const said = [operator?.nominatedNumber ?? null, operator?.id ?? null];
  await database.query(
    `insert into mpesa.organisation as organisation
       (short_code, name, kind, head_office, passkey_sha256, products, nominated_number, operator_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (short_code) do update set name = excluded.name, kind = excluded.kind,
       head_office = excluded.head_office, passkey_sha256 = excluded.passkey_sha256, products = excluded.products,
       nominated_number = coalesce(organisation.nominated_number, excluded.nominated_number),
       operator_id = coalesce(organisation.operator_id, excluded.operator_id)`,
    [shortCode, name, kind, headOffice, passkeySha256(passkey), products, ...said],
  );
}
