import type { Refused } from '../../../control/directories/merchants.ts';
import { sandboxOrganisation, sandboxTill, taxAuthority } from '../../../mpesa/parties/sandbox.ts';
import { SYNTHETIC_SHORT_CODE } from '../../../mpesa/parties/synthetic.ts';
import type { Database, DatabaseClient } from '../../../platform/database/database.ts';

/** What the rows of one merchant say of it: a pay bill's one, or a store's and those of its tills. */
export interface MerchantRows {
  readonly name: string;
  readonly kind: 'paybill' | 'till';
  /** The head office. */
  readonly shortCode: string;
  readonly tills: readonly { number: string; name: string }[];
  readonly products: readonly string[];
  readonly validation: boolean;
  readonly operator: { nominatedNumber: string; id: string } | null;
  readonly createdAt: Date;
}

export const refuse = (refused: Refused['refused'], why: string): Refused => ({ refused, why });

/** By any of its numbers. `lock`: until the end of the transaction nobody else changes it. */
export async function merchantOf(
  client: Database | DatabaseClient,
  number: string,
  { lock = false } = {},
): Promise<MerchantRows | Refused> {
  const { rows } = await client.query<{
    number: string;
    name: string;
    kind: 'paybill' | 'till';
    headOffice: string;
    products: string[];
    validation: boolean;
    nominatedNumber: string | null;
    operatorId: string | null;
    createdAt: Date;
  }>(
    `select short_code as number, name, kind, head_office as "headOffice", products,
       validates_payments as validation, nominated_number as "nominatedNumber",
       operator_id as "operatorId", created_at as "createdAt"
     from mpesa.organisation
     where head_office = (select head_office from mpesa.organisation where short_code = $1)
     order by short_code ${lock ? 'for update' : ''}`,
    [number],
  );
  const head = rows.find((row) => row.number === row.headOffice);
  if (head === undefined)
    return refuse('not_found', `there is no merchant ${number}; \`merchant list\` shows those there are`);
  const tills = rows.filter((row) => row !== head).map((row) => ({ number: row.number, name: row.name }));
  const named = rows.find((row) => row.number === number && row !== head) ?? rows.find((row) => row !== head);
  return {
    name: named?.name ?? head.name,
    kind: head.kind,
    shortCode: head.number,
    tills,
    products: head.products,
    validation: rows.some(({ validation }) => validation),
    operator: operatorOf(rows),
    createdAt: head.createdAt,
  };
}

function operatorOf(
  rows: readonly { nominatedNumber: string | null; operatorId: string | null }[],
): MerchantRows['operator'] {
  for (const { nominatedNumber, operatorId } of rows)
    if (nominatedNumber !== null && operatorId !== null) return { nominatedNumber, id: operatorId };
  return null;
}

const seeded: readonly string[] = [
  sandboxOrganisation.shortCode,
  sandboxTill.store,
  taxAuthority.shortCode,
  SYNTHETIC_SHORT_CODE,
];

/** Written again by each start, as it was: a change would be gone with the next one. */
export function refusalOfSeeded(shortCode: string, what: string): Refused | undefined {
  if (!seeded.includes(shortCode)) return undefined;
  return refuse(
    'no_effect',
    `${what} of ${shortCode} is written again at each start: make a merchant of your own with \`merchant create\``,
  );
}
