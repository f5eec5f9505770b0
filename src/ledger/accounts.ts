import { bigintColumn, plainColumn } from '../platform/database/columns.ts';
import type { Database } from '../platform/database/database.ts';
import type { AccountId, Balance, NewAccount } from './types.ts';

export async function insertAccounts(database: Database, accounts: readonly NewAccount[]): Promise<void> {
  await database.query(
    `insert into ledger.account (id, kind, floor, ceiling)
      select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
      order by 1 on conflict (id) do nothing`,
    [
      bigintColumn(accounts.map(({ id }) => id)),
      plainColumn(accounts.map(({ kind }) => kind)),
      bigintColumn(accounts.map(({ floorCents }) => floorCents)),
      bigintColumn(accounts.map(({ ceilingCents }) => ceilingCents)),
    ],
  );
}

/** Of those accounts that are open, as they stood at one moment. */
export async function findBalances(
  database: Database,
  ids: readonly AccountId[],
): Promise<ReadonlyMap<AccountId, Balance>> {
  const { rows } = await database.query<Balance & { id: AccountId }>({
    name: 'accounts: balances',
    text: `select id, credits_posted - debits_posted as "postedCents",
        credits_posted - debits_posted - debits_pending as "availableCents",
        credits_pending as "incomingCents", debits_pending as "reservedCents", version
      from ledger.account where id = any($1::bigint[])`,
    values: [bigintColumn(ids)],
  });
  return new Map(rows.map(({ id, ...balance }) => [id, balance]));
}

export async function findBalance(database: Database, id: AccountId): Promise<Balance | undefined> {
  return (await findBalances(database, [id])).get(id);
}
