import type { Queryable } from '../../platform/database/database.ts';
import type { MovedView, MovementView } from '../contract/resources/directories/accounts.ts';

export interface Period {
  from: Date;
  to: Date;
  after: string | undefined;
  limit: number;
}

/** The books, for people: read only. Given by the process that composes both. */
export interface AccountDirectory {
  /** `undefined`: it names no account that was ever opened. */
  statement(
    client: Queryable,
    account: string,
    period: Period,
  ): Promise<
    { account: string; opening: string; movements: readonly MovementView[]; next: string | null } | undefined
  >;
  balance(
    client: Queryable,
    account: string,
    at: Date,
  ): Promise<{ account: string; balance: string } | undefined>;
  /** What the books have of these receipts of a short code: those that are not there are left out. */
  receipts(
    client: Queryable,
    shortCode: string,
    receipts: readonly string[],
  ): Promise<ReadonlyMap<string, { amount: string; at: Date }>>;
  transactions(
    client: Queryable,
    shortCode: string,
    period: Period,
  ): Promise<{ transactions: readonly MovedView[]; next: string | null }>;
}
