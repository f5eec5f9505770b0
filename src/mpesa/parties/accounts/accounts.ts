import { type Static, Type } from 'typebox';
import type { AccountId } from '../../../ledger/types.ts';
import { builtIn, defaultsOf, section, shillings } from '../../../platform/settings.ts';

export const organisationKinds = [
  'utility',
  'working',
  'charges',
  'settlement',
  'merchant',
  'float',
] as const;

export type OrganisationKind = (typeof organisationKinds)[number];

const ORGANISATION = 1_000_000_000_000n;
const POCHI = 7n * ORGANISATION;
const BONGA = 8n * ORGANISATION;

/**
 * Account numbers follow from who owns them, so that nobody has to look one up:
 *
 *   1 … 999                            the operator's own
 *   254,000,000,000 … 254,999,999,999  a customer: the MSISDN
 *   k,000,000,000,000 + short code     an organisation's: k is 1 utility, 2 working, 3 charges paid, 4 settlement,
 *                                      5 merchant, 6 float
 *   7,254,000,000,000 …                a customer's business wallet (Pochi la Biashara): 7 and the MSISDN
 *   8,254,000,000,000 …                a customer's Bonga points, a point where others have a cent: 8 and the MSISDN
 */
export const accounts = {
  /** Where the money of opening balances comes from: below zero by what is in circulation. */
  float: 1n,
  /** What customers pay for payments. */
  fees: 2n,
  /** Pays pay bills for points: below zero by what it paid. */
  bongaFund: 3n,
  /** Where Bonga points come from and go back to: below zero by what is in circulation. */
  points: 4n,
  bonga: (msisdn: string): AccountId => BONGA + BigInt(msisdn),
  customer: (msisdn: string): AccountId => BigInt(msisdn),
  pochi: (msisdn: string): AccountId => POCHI + BigInt(msisdn),
  organisation: (shortCode: string, kind: OrganisationKind): AccountId =>
    BigInt(organisationKinds.indexOf(kind) + 1) * ORGANISATION + BigInt(shortCode),
} as const;

const digit = (account: AccountId) => Number(account / ORGANISATION);

/** Whose kind of account it is: a customer's, an organisation's by its kind, or the operator's own. */
export function accountKind(account: AccountId): OrganisationKind | 'customer' | 'operator' {
  const kind = organisationKinds[digit(account) - 1];
  return kind ?? (account < 1_000n ? 'operator' : 'customer');
}

const organisationNames: Record<OrganisationKind, string> = {
  utility: 'Utility Account',
  working: 'Working Account',
  charges: 'Charges Paid Account',
  settlement: 'Organization Settlement Account',
  merchant: 'Merchant Account',
  float: 'Float Account',
};

/** As results name it. A customer's: a default taken, no sample shows one. */
export function accountName(account: AccountId): string {
  const kind = accountKind(account);
  return kind === 'customer' || kind === 'operator' ? 'MMF Account For Customer' : organisationNames[kind];
}

export const accountSettings = section(
  {
    openingBalanceShillings: builtIn(
      50_000,
      shillings('What a subscriber has when first seen; 0 where customers bring their own.', 0),
    ),
    dailyRefillShillings: builtIn(
      0,
      shillings(
        'A subscriber with less has this again with the first payment of a day in East Africa; 0: never.',
        0,
      ),
    ),
    sandboxFloatShillings: builtIn(
      1_000_000,
      shillings(
        "What each of the vendor's short codes (600xxx) has in Working and in Utility on a laptop.",
        0,
      ),
    ),
    maxBalanceShillings: builtIn(
      500_000,
      shillings("A customer's account never holds more; counts for accounts opened from then on."),
    ),
    organisationMaxBalanceShillings: builtIn(
      null,
      Type.Union([shillings('Shillings.'), Type.Null()], {
        description: "The same for an organisation's utility account; null: no bound.",
      }),
    ),
  },
  'Accounts in the books.',
);

export type AccountSettings = Static<typeof accountSettings>;

export const defaultAccountSettings = defaultsOf(accountSettings);

export function shillingsToCents(shillings: number): bigint {
  return BigInt(shillings) * 100n;
}
