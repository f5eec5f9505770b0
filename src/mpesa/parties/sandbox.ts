import type { Books } from '../../ledger/books.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Deadline } from '../../platform/deadline.ts';
import { derivedId } from '../identifiers/derived-id.ts';
import type { AccountOpener } from './accounts/account-opener.ts';
import { accounts, shillingsToCents } from './accounts/accounts.ts';
import { initiatorRoles } from './initiators/initiators.ts';
import { hashPassword } from './initiators/password-hash.ts';
import { type NewOrganisation, organisationProducts, seedOrganisation } from './organisations.ts';

/** The public credentials of the vendor's sandbox. As there, it takes pushes and nothing else. */
export const sandboxOrganisation = {
  shortCode: '174379',
  name: 'Imara Sandbox',
  kind: 'paybill',
  passkey: 'bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919',
  products: ['stk'],
} as const satisfies NewOrganisation;

/** A till for anybody to try buy goods with: `BusinessShortCode` is the store, `PartyB` the till. */
export const sandboxTill = {
  store: '7000100',
  till: '5000100',
  name: 'Imara Duka',
  operator: { nominatedNumber: '254722000100', id: '1001' },
} as const;

/** The store and the till of `sandboxTill`, with the passkey of this installation. Idempotent. */
export async function seedTill(database: Database, passkey: string): Promise<void> {
  const { store, till, name, operator } = sandboxTill;
  await seedOrganisation(database, { shortCode: store, name: `${name} (store)`, kind: 'till', passkey });
  await seedOrganisation(database, { shortCode: till, name, kind: 'till', headOffice: store, operator });
}

/** Short codes of the vendor's sandbox: those that its pages and its clients' samples show. */
export const sandboxShortCodes = [
  '600000',
  '600310',
  '600610',
  '600638',
  '600772',
  '600782',
  '600966',
  '600979',
  '600984',
  '600992',
  '600996',
  '600997',
  '600999',
  '601426',
  '603021',
] as const;

/** Public, as the vendor's own: for a laptop alone. */
export const sandboxInitiator = { username: 'testapi', password: 'Safaricom999!*!' } as const;

/** Who taxes are paid to, everywhere. */
export const taxAuthority = {
  shortCode: '572572',
  name: 'Kenya Revenue Authority',
  kind: 'paybill',
} as const;

/**
 * Writes the short codes, each with the public initiator and all roles, where they are not yet. Idempotent;
 * after the first time it costs one query.
 */
export async function seedSandbox(database: Database): Promise<void> {
  const { rowCount } = await database.query(
    `insert into mpesa.organisation (short_code, name, kind, head_office, products)
     select code, 'Sandbox ' || code, 'paybill', code, $2 from unnest($1::text[]) as code
     on conflict (short_code) do nothing`,
    [sandboxShortCodes, organisationProducts],
  );
  if (rowCount === 0) return;
  // One hash for all: a slow hash each would hold up the start, and everybody knows the password.
  await database.query(
    `insert into mpesa.initiator (short_code, username, password_hash, roles)
     select code, $2, $3, $4 from unnest($1::text[]) as code
     on conflict (short_code, username) do nothing`,
    [
      sandboxShortCodes,
      sandboxInitiator.username,
      await hashPassword(sandboxInitiator.password),
      initiatorRoles,
    ],
  );
}

/** Gives each short code, once for ever, the same in Working and in Utility. */
export async function stockSandbox(
  { books, opener }: { books: Pick<Books, 'post'>; opener: AccountOpener },
  { sandboxFloatShillings }: { readonly sandboxFloatShillings: number },
  deadline: Deadline,
): Promise<void> {
  const stocked = sandboxShortCodes.flatMap((shortCode) =>
    (['working', 'utility'] as const).map((kind) => ({ shortCode, kind })),
  );
  await opener.open({ organisations: stocked }, deadline);
  if (sandboxFloatShillings === 0) return;
  await Promise.all(
    stocked.map(({ shortCode, kind }) =>
      books.post(
        {
          transfers: [
            {
              kind: 'single',
              id: derivedId('sandbox', shortCode, kind),
              debit: accounts.float,
              credit: accounts.organisation(shortCode, kind),
              amountCents: shillingsToCents(sandboxFloatShillings),
              code: 'opening',
            },
          ],
        },
        deadline,
      ),
    ),
  );
}
