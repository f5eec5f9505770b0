import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { gathered } from '../../platform/loop/gather.ts';

/** An organisation under one of its numbers: a pay bill, a till, or the store that a till belongs to. */
export interface Party {
  readonly shortCode: string;
  readonly name: string;
  readonly kind: 'paybill' | 'till';
  /** Short code whose money it is; a pay bill is its own. */
  readonly headOffice: string;
  /** What it may do, by names of products. */
  readonly products: readonly string[];
  /** The phone that is asked in its name, and the id that its operator types there; `null`: none is known. */
  readonly nominatedNumber: string | null;
  readonly operatorId: string | null;
}

/** `undefined`: nobody has this number. */
export type FindParty = (shortCode: string) => Promise<Party | undefined>;

/** Reads the database each time, as a settlement must not act on what was; many at once in one query. */
export function parties(database: Database): FindParty {
  return gathered((shortCodes: readonly string[]) => selectParties(database, [...new Set(shortCodes)]));
}

/** One, from the database each time. `undefined`: nobody has this number. */
export async function findParty(
  database: Database | DatabaseClient,
  shortCode: string,
): Promise<Party | undefined> {
  return (await selectParties(database, [shortCode])).get(shortCode);
}

async function selectParties(
  database: Database | DatabaseClient,
  shortCodes: readonly string[],
): Promise<Map<string, Party>> {
  const { rows } = await database.query<Party>({
    name: 'mpesa_parties',
    text: `select short_code as "shortCode", name, kind, head_office as "headOffice", products,
        nominated_number as "nominatedNumber", operator_id as "operatorId"
      from mpesa.organisation where short_code = any($1)`,
    values: [shortCodes],
  });
  return new Map(rows.map((party) => [party.shortCode, party]));
}

/** Whether the identifier type fits: 4 is any short code, 2 a till; 1 would be a subscriber. */
export function isIdentifiedBy(identifierType: string | undefined, { kind }: Party): boolean {
  return identifierType === '4' || (identifierType === '2' && kind === 'till');
}
