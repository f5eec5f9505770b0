import { LRUCache } from 'lru-cache';
import { seededPhone } from '../handset/seeds.ts';
import type { Books } from '../ledger/books.ts';
import type { AccountId, NewAccount, Transfer } from '../ledger/types.ts';
import type { Deadline } from '../platform/deadline.ts';
import { derivedId } from './derived-id.ts';

const organisationKinds = ['utility', 'working', 'charges', 'settlement', 'merchant'] as const;

type OrganisationKind = (typeof organisationKinds)[number];

const ORGANISATION = 1_000_000_000_000n;

/**
 * Account numbers follow from who owns them, so that nobody has to look one up:
 *
 *   1 … 999                            the operator's own
 *   254,000,000,000 … 254,999,999,999  a customer: the MSISDN
 *   k,000,000,000,000 + short code     an organisation's: k is 1 utility, 2 working, 3 charges paid, 4 settlement,
 *                                      5 merchant
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
  /** A customer's account never holds more. Counts for accounts opened from then on. */
  maxBalanceShillings: number;
  /** The same for an organisation's utility account; `null`: no bound. */
  organisationMaxBalanceShillings: number | null;
}

export const defaultAccountSettings: AccountSettings = {
  openingBalanceShillings: 50_000,
  maxBalanceShillings: 500_000,
  organisationMaxBalanceShillings: null,
};

/** Accounts are opened when money first moves on them. */
export interface AccountOpener {
  /** Opens what is not open yet of these customers' accounts and these organisations' utility accounts: one statement. */
  open(
    owners: { msisdns: readonly string[]; shortCodes: readonly string[] },
    deadline: Deadline,
  ): Promise<void>;
  /** Credits the opening balance, once for ever. Of an open account. */
  fund(msisdn: string, deadline: Deadline): Promise<void>;
}

/** Accounts a process remembers; one it has forgotten is opened again, which changes nothing. */
const MAX_KNOWN = 50_000;

export function createAccountOpener({
  books,
  settings,
}: {
  books: Pick<Books, 'post' | 'openAccounts'>;
  settings: () => AccountSettings;
}): AccountOpener {
  const known = new LRUCache<AccountId, 'open' | 'funded'>({ max: MAX_KNOWN });

  return {
    async open({ msisdns, shortCodes }, deadline) {
      const now = settings();
      const wanted = [
        ...operatorAccounts,
        ...msisdns.filter(isRegistered).map((msisdn) => customerAccount(msisdn, now)),
        ...shortCodes.map((shortCode) => utilityAccount(shortCode, now)),
      ];
      const missing = new Map(
        wanted.filter(({ id }) => !known.has(id)).map((account) => [account.id, account]),
      );
      if (missing.size === 0) return;
      await books.openAccounts([...missing.values()], deadline);
      for (const id of missing.keys()) known.set(id, 'open');
    },

    async fund(msisdn, deadline) {
      const customer = accounts.customer(msisdn);
      if (known.get(customer) === 'funded' || !isRegistered(msisdn)) return;
      const amountCents = openingCents(msisdn, settings());
      if (amountCents > 0n) {
        const opening: Transfer = {
          kind: 'single',
          id: derivedId('opening', msisdn),
          debit: accounts.float,
          credit: customer,
          amountCents,
          code: 'opening',
        };
        // The verdict is for ever, whichever it is: a refusal, or another amount that was credited under other settings.
        await books.post({ transfers: [opening] }, deadline);
      }
      known.set(customer, 'funded');
    },
  };
}

/** A customer's own limit for a day, where it differs from everybody's. */
export function ownDailyLimitCents(msisdn: string): bigint | undefined {
  return seededPhone(msisdn)?.wallet?.dailyLimitCents;
}

export function shillingsToCents(shillings: number): bigint {
  return BigInt(shillings) * 100n;
}

const operatorAccounts: readonly NewAccount[] = [accounts.float, accounts.fees].map((id) => ({
  id,
  kind: 'operator',
  floorCents: null,
  ceilingCents: null,
}));

function customerAccount(msisdn: string, { maxBalanceShillings }: AccountSettings): NewAccount {
  return {
    id: accounts.customer(msisdn),
    kind: 'customer',
    floorCents: 0n,
    ceilingCents: shillingsToCents(maxBalanceShillings),
  };
}

function utilityAccount(shortCode: string, settings: AccountSettings): NewAccount {
  const max = settings.organisationMaxBalanceShillings;
  return {
    id: accounts.organisation(shortCode, 'utility'),
    kind: 'merchant',
    floorCents: 0n,
    ceilingCents: max === null ? null : shillingsToCents(max),
  };
}

function isRegistered(msisdn: string): boolean {
  return seededPhone(msisdn)?.wallet?.unregistered !== true;
}

function openingCents(msisdn: string, settings: AccountSettings): bigint {
  const wanted =
    seededPhone(msisdn)?.wallet?.openingCents ?? shillingsToCents(settings.openingBalanceShillings);
  const most = shillingsToCents(settings.maxBalanceShillings);
  return wanted < most ? wanted : most;
}
