import type { AccountId } from '../../ledger/types.ts';

const organisationKinds = ['utility', 'working', 'charges', 'settlement', 'merchant', 'float'] as const;

export type OrganisationKind = (typeof organisationKinds)[number];

const ORGANISATION = 1_000_000_000_000n;

/**
 * Account numbers follow from who owns them, so that nobody has to look one up:
 *
 *   1 … 999                            the operator's own
 *   254,000,000,000 … 254,999,999,999  a customer: the MSISDN
 *   k,000,000,000,000 + short code     an organisation's: k is 1 utility, 2 working, 3 charges paid, 4 settlement,
 *                                      5 merchant, 6 float
 */
export const accounts = {
  /** Where the money of opening balances comes from: below zero by what is in circulation. */
  float: 1n,
  /** What customers pay for payments. */
  fees: 2n,
  customer: (msisdn: string): AccountId => BigInt(msisdn),
  organisation: (shortCode: string, kind: OrganisationKind): AccountId =>
    BigInt(organisationKinds.indexOf(kind) + 1) * ORGANISATION + BigInt(shortCode),
} as const;

export interface AccountSettings {
  /** What a subscriber has when first seen; whole shillings. 0 where customers bring their own. */
  openingBalanceShillings: number;
  /** A subscriber with less has this again with the first payment of a day; 0: nobody is given anything. */
  dailyRefillShillings: number;
  /** A customer's account never holds more. Counts for accounts opened from then on. */
  maxBalanceShillings: number;
  /** The same for an organisation's utility account; `null`: no bound. */
  organisationMaxBalanceShillings: number | null;
}

export const defaultAccountSettings: AccountSettings = {
  openingBalanceShillings: 50_000,
  dailyRefillShillings: 0,
  maxBalanceShillings: 500_000,
  organisationMaxBalanceShillings: null,
};

export function shillingsToCents(shillings: number): bigint {
  return BigInt(shillings) * 100n;
}
