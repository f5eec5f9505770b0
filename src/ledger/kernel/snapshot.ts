import type { AccountId, TransferId, UsageLimit } from '../types.ts';
import type { Decision } from './decision.ts';

export interface Account {
  id: AccountId;
  floor: bigint | null;
  ceiling: bigint | null;
  debitsPosted: bigint;
  creditsPosted: bigint;
  debitsPending: bigint;
  creditsPending: bigint;
  /** Applied transfers that touched it. */
  version: bigint;
  /** Changes of floor, ceiling and state. */
  terms: bigint;
  state: 'open' | 'frozen' | 'closed';
}

export interface Hold {
  id: TransferId;
  debit: AccountId;
  credit: AccountId;
  amount: bigint;
  expiresAt: Date;
  usage: string | null;
}

/** What the database holds of everything the entries name. */
export interface Snapshot {
  accounts: Lookup<AccountId, Account>;
  decisions: Lookup<TransferId, Decision>;
  holds: Lookup<TransferId, Hold>;
  usage: Lookup<string, bigint>;
}

interface Lookup<K, V> {
  get(key: K): V | undefined;
}

export interface Writes {
  decisions: Decision[];
  /** Absolute values; the row must still have version `was` and the same terms. */
  accounts: AccountWrite[];
  holdsOpened: Hold[];
  holdsResolved: TransferId[];
  /** Rows that must still say `was`, and rows that must not be there yet. */
  usageChanged: { key: string; was: bigint; now: bigint }[];
  usageOpened: { key: string; now: bigint }[];
  /**
   * Not written, but a refusal was decided on them: they must be so still when the snapshot was not locked.
   */
  consulted: { accounts: AccountWrite[]; usage: { key: string; was: bigint; now: bigint }[] };
}

export interface AccountWrite {
  was: bigint;
  now: Account;
}

/** What may still be spent: pending debits are gone already. */
export function available(account: Account): bigint {
  return account.creditsPosted - account.debitsPosted - account.debitsPending;
}

/** The key of a limit's usage row; parts are escaped so that no two limits share one by accident. */
export function usageKey({ scope, key, window }: Pick<UsageLimit, 'scope' | 'key' | 'window'>): string {
  return `${part(scope)}/${part(key)}/${part(window)}`;
}

/** How much of a transfer has been reversed is a usage row too; its key has a part less than a limit's. */
export function reversalKey(original: TransferId): string {
  return `reversal/${original}`;
}

function part(text: string): string {
  return /[/%\n]/.test(text) ? encodeURIComponent(text) : text;
}
