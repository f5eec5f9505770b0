import type { LogFields } from '../platform/bounded-log.ts';
import type { ColumnValue } from '../platform/database/columns.ts';

/**
 * Money is whole cents in `bigint`; an account id is allocated by its owner (see
 * `mpesa/parties/accounts/accounts.ts`).
 */
export type AccountId = bigint;
/** UUID. The caller makes it; the same id is decided once, for ever. */
export type TransferId = string;

export interface NewAccount {
  id: AccountId;
  kind: 'customer' | 'merchant' | 'operator' | 'clearing';
  /**
   * The available balance never goes below it (pending debits count). `null`: no floor. Below 0: an
   * overdraft.
   */
  floorCents: bigint | null;
  /** The balance never goes above it (pending credits count). `null`: no ceiling. */
  ceilingCents: bigint | null;
}

/** What an account holds; pending debits are reserved, pending credits are not yet there. */
export interface Balance {
  postedCents: bigint;
  /** Posted less reserved: what can be spent. */
  availableCents: bigint;
  reservedCents: bigint;
  incomingCents: bigint;
  /** Applied transfers that touched the account. */
  version: bigint;
}

interface Movement {
  id: TransferId;
  debit: AccountId;
  credit: AccountId;
  amountCents: bigint;
  /** The business reason, for statements (`stk.payment`, `stk.fee`, `opening`). */
  code: string;
  /** Sums this transfer counts against; over one of them it is refused. */
  limits?: readonly UsageLimit[];
}

export type Transfer =
  | (Movement & { kind: 'single' })
  | (Movement & { kind: 'pending'; expiresAt: Date })
  | (Movement & { kind: 'reversal'; reversesId: TransferId })
  /** Posts `amountCents` of a pending transfer (its whole amount when absent) and frees the rest. */
  | { kind: 'post'; id: TransferId; pendingId: TransferId; amountCents?: bigint; code: string }
  | { kind: 'void'; id: TransferId; pendingId: TransferId; code: string };

/**
 * E.g. what a customer sends on one day: `{ scope: 'daily-out', key: '254700000001', window: '2026-11-23' }`.
 */
export interface UsageLimit {
  scope: string;
  key: string;
  window: string;
  maxCents: bigint;
}

export type Rejection =
  | 'insufficient_funds'
  | 'over_ceiling'
  | 'over_limit'
  | 'account_not_found'
  | 'account_closed'
  | 'account_frozen'
  | 'pending_not_found'
  | 'pending_resolved'
  | 'over_pending_amount'
  | 'original_not_found'
  | 'over_original_amount'
  | 'not_positive'
  | 'same_account'
  /** The id was decided before with other fields. */
  | 'id_reused';

/** The answer to one entry: the same one for ever, whenever the entry is posted again. */
export type Verdict =
  /**
   * `debitAfterCents`, `creditAfterCents`: per transfer, the available balance of the account it debits, and
   * of the one it credits, as decided (a replay says the same).
   */
  | {
      applied: true;
      replayed: boolean;
      debitAfterCents: readonly bigint[];
      creditAfterCents: readonly bigint[];
    }
  /** `culprit`: index in the entry of the transfer that was refused; `scope`: of the limit it broke. */
  | { applied: false; replayed: boolean; reason: Rejection; culprit: number; scope?: string };

/**
 * The unit of posting: 0 to 16 transfers that are applied all or none, and rows of other parts that commit
 * with them. With 0 transfers it only writes its companions.
 */
export interface Entry {
  transfers: readonly Transfer[];
  /**
   * Called once with the verdict, inside the batch; pure. On a replay it is called too: its SQL must be
   * idempotent.
   */
  companions?: (verdict: Verdict) => readonly Companion[];
  /** What the log says of it, should it not be posted: of the payment it is part of. */
  about?: LogFields;
}

/** Rows for one statement; a batch gathers all rows for it and runs it once. */
export interface Companion {
  statement: CompanionStatement;
  row: readonly CompanionValue[];
}

export type CompanionValue = ColumnValue;

export interface CompanionStatement {
  /** Name of the prepared statement; one name for one SQL text. */
  name: string;
  /** Takes `$1 … $n`, one array a column: `insert into t select * from unnest($1::uuid[], $2::text[])`. */
  sql: string;
}
