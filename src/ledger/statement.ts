import type { Queryable } from '../platform/database/database.ts';
import type { AccountId } from './types.ts';

/** One transfer as it touched one account. */
export interface Movement {
  readonly id: string;
  readonly at: Date;
  readonly code: string;
  /** Of the account: it counts the transfers that touched it. */
  readonly version: bigint;
  /** Whom it came from or went to. */
  readonly counterpart: AccountId;
  /** Below zero: it was debited. */
  readonly amountCents: bigint;
  /** What was available just after it. */
  readonly balanceCents: bigint;
}

/**
 * What was applied from `from` and before `to`, in the order in which it was; `after`: a version, to go on
 * from.
 */
export async function readMovements(
  database: Queryable,
  account: AccountId,
  { from, to, after, limit }: { from: Date; to: Date; after: bigint; limit: number },
): Promise<Movement[]> {
  const { rows } = await database.query<Movement>(
    `select id, recorded_at as at, code, case debit when $1 then debit_version else credit_version end as version,
        case debit when $1 then credit else debit end as counterpart,
        case debit when $1 then -amount else amount end as "amountCents",
        case debit when $1 then debit_after else credit_after end as "balanceCents"
      from ledger.transfer
      where refusal is null and recorded_at >= $2 and recorded_at < $3 and (debit = $1 or credit = $1)
        and case debit when $1 then debit_version else credit_version end > $4
      order by version limit $5`,
    [account, from, to, after, limit],
  );
  return rows;
}

/**
 * What was available in an account at a moment. `undefined`: there is no such account. Read from what came
 * after: the more recent the moment, the less is read.
 */
export async function balanceAt(
  database: Queryable,
  account: AccountId,
  at: Date,
): Promise<bigint | undefined> {
  const { rows } = await database.query<{ balanceCents: bigint }>(
    `select coalesce(
        (select case debit when $1 then debit_after + amount else credit_after - amount end
          from ledger.transfer
          where refusal is null and recorded_at > $2 and (debit = $1 or credit = $1)
          order by case debit when $1 then debit_version else credit_version end limit 1),
        credits_posted - debits_posted - debits_pending) as "balanceCents"
      from ledger.account where id = $1`,
    [account, at],
  );
  return rows[0]?.balanceCents;
}
