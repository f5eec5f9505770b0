import type { AccountDirectory } from '../../control/directories/accounts.ts';
import { balanceAt, readMovements } from '../../ledger/statement.ts';
import { accountNamed, nameOf } from '../../mpesa/parties/accounts/account-names.ts';
import { decimal } from '../../mpesa/results/text.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/** The books, for control. */
export const accountDirectory: AccountDirectory = {
  async statement(client, name, { from, to, after = '0', limit }) {
    const account = accountNamed(name);
    if (account === undefined || !/^\d{1,18}$/.test(after)) return undefined;
    const now = await balanceAt(client, account, new Date(from.getTime() - 1));
    if (now === undefined) return undefined;
    const movements = await readMovements(client, account, { from, to, after: BigInt(after), limit });
    const [first] = movements;
    const last = movements.length === limit ? movements.at(-1) : undefined;
    const receipts = await receiptsOf(
      client,
      movements.map(({ id }) => id),
    );
    return {
      account: nameOf(account),
      opening: decimal(first === undefined ? now : first.balanceCents - first.amountCents),
      movements: movements.map(({ id, at, code, counterpart, amountCents, balanceCents }) => ({
        at: at.toISOString(),
        transfer: id,
        code,
        counterpart: nameOf(counterpart),
        receipt: receipts.get(id) ?? null,
        amount: decimal(amountCents),
        balance: decimal(balanceCents),
      })),
      next: last === undefined ? null : String(last.version),
    };
  },

  async balance(client, name, at) {
    const account = accountNamed(name);
    const cents = account === undefined ? undefined : await balanceAt(client, account, at);
    return account === undefined || cents === undefined
      ? undefined
      : { account: nameOf(account), balance: decimal(cents) };
  },

  async receipts(client, shortCode, receipts) {
    const { rows } = await client.query<{ receipt: string; amount: bigint; at: Date }>(
      `select receipt, amount_cents as amount, finalised_at as at from mpesa.transaction
       where receipt = any($1) and $2 in (credit_party, debit_party)`,
      [receipts, shortCode],
    );
    return new Map(rows.map(({ receipt, amount, at }) => [receipt, { amount: decimal(amount), at }]));
  },

  async transactions(client, shortCode, { from, to, after = '', limit }) {
    const [since = from.toISOString(), receipt = ''] = after === '' ? [] : after.split(' ');
    const { rows } = await client.query<{ receipt: string; at: Date; product: string; amount: bigint }>(
      `select receipt, finalised_at as at, product, amount_cents as amount from mpesa.transaction
       where credit_party = $1 and finalised_at <= $3
         and (finalised_at, receipt) > ($2::timestamptz, $4::text) and finalised_at >= $5
       order by finalised_at, receipt limit $6`,
      [shortCode, since, to, receipt, from, limit],
    );
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      transactions: rows.map(({ at, amount, ...row }) => ({
        ...row,
        at: at.toISOString(),
        amount: decimal(amount),
      })),
      next: last === undefined ? null : `${last.at.toISOString()} ${last.receipt}`,
    };
  },
};

/** A payment's transfer has the id of the payment. */
async function receiptsOf(
  client: Database | DatabaseClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ id: string; receipt: string }>(
    ['stk_push', 'request', 'payment']
      .map((table) => `select id, receipt from mpesa.${table} where id = any($1) and receipt is not null`)
      .join(' union all '),
    [ids],
  );
  return new Map(rows.map(({ id, receipt }) => [id, receipt]));
}
