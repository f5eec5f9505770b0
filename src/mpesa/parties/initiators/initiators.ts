import type { Database, DatabaseClient } from '../../../platform/database/database.ts';
import { hashPassword } from './password-hash.ts';

/** What an API user of an organisation may be allowed, by the vendor's names. */
export const initiatorRoles = [
  'ORG B2C API Initiator',
  'Business Paybill Org API initiator',
  'BuyGoods Org API initiator',
  'Transaction Status query ORG API',
  'Balance Query ORG API',
  'Org Reversals Initiator',
  'Tax Remittance to KRA API',
  'Org Business Pay to Bulk API',
] as const;

export type InitiatorRole = (typeof initiatorRoles)[number];

/** The same in one word each, for people who type them. */
export const roleWords = {
  b2c: 'ORG B2C API Initiator',
  'pay-bill': 'Business Paybill Org API initiator',
  'buy-goods': 'BuyGoods Org API initiator',
  status: 'Transaction Status query ORG API',
  balance: 'Balance Query ORG API',
  reversal: 'Org Reversals Initiator',
  tax: 'Tax Remittance to KRA API',
  bulk: 'Org Business Pay to Bulk API',
} as const satisfies Record<string, InitiatorRole>;

export interface NewInitiator {
  /** The head office. */
  shortCode: string;
  username: string;
  password: string;
  roles: readonly InitiatorRole[];
}

/** Writes the initiator, or brings the one of that name up to date; a lock stays. Idempotent. */
export async function seedInitiator(
  database: Database | DatabaseClient,
  { shortCode, username, password, roles }: NewInitiator,
): Promise<void> {
  await database.query(
    `insert into mpesa.initiator (short_code, username, password_hash, roles) values ($1, $2, $3, $4)
     on conflict (short_code, username) do update set password_hash = excluded.password_hash, roles = excluded.roles`,
    [shortCode, username, await hashPassword(password), roles],
  );
}
