import { LRUCache } from 'lru-cache';
import type { Books } from '../../../ledger/books.ts';
import type { AccountId, NewAccount } from '../../../ledger/types.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Deadline } from '../../../platform/deadline.ts';
import { eatDay } from '../../fields/times/east-africa-time.ts';
import { derivedId } from '../../identifiers/derived-id.ts';
import { type AccountSettings, accounts, type OrganisationKind, shillingsToCents } from './accounts.ts';
import type { TermsOf } from './wallet-terms.ts';
import { createWallets } from './wallets.ts';

/** Accounts are opened when money first moves on them. */
export interface AccountOpener {
  /** Opens what is not open yet, in one statement. */
  open(owners: Owners, deadline: Deadline): Promise<void>;
  /**
   * Gives a customer what the simulator gives before a payment: the opening balance, the refill of the day.
   * Of an open account.
   */
  fund(payment: Funded, deadline: Deadline): Promise<void>;
  /** Opens a customer's account of Bonga points, and gives it `points`, once for ever. */
  givePoints(msisdn: string, points: number, deadline: Deadline): Promise<void>;
}

/** Whose accounts. */
export interface Owners {
  readonly msisdns?: readonly string[];
  /** Of these organisations the utility accounts. */
  readonly shortCodes?: readonly string[];
  readonly organisations?: readonly OrganisationAccount[];
  /** Of these customers the business wallets. */
  readonly pochis?: readonly string[];
}

export interface OrganisationAccount {
  /** The head office. */
  readonly shortCode: string;
  readonly kind: OrganisationKind;
}

/** A payment that is about to be posted. */
export interface Funded {
  id: string;
  msisdn: string;
  /** Its amount and its fee. */
  neededCents: bigint;
}

/** Accounts a process remembers; one it has forgotten is opened again, which changes nothing. */
const MAX_KNOWN = 50_000;

export function createAccountOpener({
  books,
  settings,
  termsOf,
  clock,
}: {
  books: Pick<Books, 'post' | 'openAccounts' | 'balance'>;
  settings: () => AccountSettings;
  termsOf: TermsOf;
  clock: Clock;
}): AccountOpener {
  const wallets = createWallets({ books, settings, termsOf, clock });
  /** With the day on which the account was last funded. */
  const known = new LRUCache<AccountId, string>({ max: MAX_KNOWN });
  const isRegistered = (msisdn: string) => termsOf(msisdn)?.unregistered !== true;

  return {
    async open({ msisdns = [], shortCodes = [], organisations = [], pochis = [] }, deadline) {
      const now = settings();
      const wanted = [
        ...operatorAccounts,
        ...msisdns.filter(isRegistered).map((msisdn) => customerAccount(msisdn, now)),
        ...shortCodes.map((shortCode) => organisationAccount({ shortCode, kind: 'utility' }, now)),
        ...organisations.map((account) => organisationAccount(account, now)),
        ...pochis
          .filter(isRegistered)
          .map((msisdn) => ({ ...customerAccount(msisdn, now), id: accounts.pochi(msisdn) })),
      ];
      const missing = new Map(
        wanted.filter(({ id }) => !known.has(id)).map((account) => [account.id, account]),
      );
      if (missing.size === 0) return;
      await books.openAccounts([...missing.values()], deadline);
      for (const id of missing.keys()) known.set(id, 'open');
    },

    async fund(payment, deadline) {
      const { msisdn } = payment;
      const customer = accounts.customer(msisdn);
      const today = eatDay(clock.now());
      const promised = termsOf(msisdn)?.holds !== undefined;
      if (!isRegistered(msisdn) || (known.get(customer) === today && !promised)) return;
      await wallets.provide(payment, deadline);
      known.set(customer, today);
    },

    async givePoints(msisdn, points, deadline) {
      const id = accounts.bonga(msisdn);
      if (known.has(id)) return;
      await books.openAccounts(
        [...operatorAccounts, { id, kind: 'customer', floorCents: 0n, ceilingCents: null }],
        deadline,
      );
      const opening = {
        kind: 'single' as const,
        id: derivedId('bonga.opening', msisdn),
        debit: accounts.points,
        credit: id,
        amountCents: BigInt(points),
        code: 'bonga.opening',
      };
      // The verdict is for ever, whichever it is: other settings may have given another number before.
      if (points > 0) await books.post({ transfers: [opening] }, deadline);
      known.set(id, 'open');
    },
  };
}

const operatorAccounts: readonly NewAccount[] = [
  accounts.float,
  accounts.fees,
  accounts.bongaFund,
  accounts.points,
].map((id) => ({
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

/** Charges Paid goes below zero by what was paid; Utility alone has a bound, where the settings say so. */
function organisationAccount(
  { shortCode, kind }: OrganisationAccount,
  { organisationMaxBalanceShillings }: AccountSettings,
): NewAccount {
  const max = kind === 'utility' ? organisationMaxBalanceShillings : null;
  return {
    id: accounts.organisation(shortCode, kind),
    kind: 'merchant',
    floorCents: kind === 'charges' ? null : 0n,
    ceilingCents: max === null ? null : shillingsToCents(max),
  };
}
