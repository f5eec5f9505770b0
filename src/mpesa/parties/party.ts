import type { Database, DatabaseClient } from '../../platform/database/database.ts';

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

/** `undefined`: nobody has this number. Read afresh: a settlement must not act on what was. */
export async function findParty(
  database: Database | DatabaseClient,
  shortCode: string,
): Promise<Party | undefined> {
  const { rows } = await database.query<Party>({
    name: 'mpesa_party',
    text: `select short_code as "shortCode", name, kind, head_office as "headOffice", products,
        nominated_number as "nominatedNumber", operator_id as "operatorId"
      from mpesa.organisation where short_code = $1`,
    values: [shortCode],
  });
  return rows[0];
}

/** Whether the identifier type fits: 4 is any short code, 2 a till; 1 would be a subscriber. */
export function isIdentifiedBy(identifierType: string | undefined, { kind }: Party): boolean {
  return identifierType === '4' || (identifierType === '2' && kind === 'till');
}
