import { plainColumn, textColumn } from './columns.ts';
import type { Statement } from './flight.ts';
import { type Account, type Decision, type Hold, reversalKey, type Snapshot, usageKey } from './kernel.ts';
import type { AccountId, Entry, TransferId } from './types.ts';

/** Everything the entries of a batch name; the accounts and limits of a hold are found through the hold. */
export interface Names {
  accounts: Set<AccountId>;
  /** The transfers' own ids, and those of what they resolve or reverse. */
  transfers: Set<TransferId>;
  pending: Set<TransferId>;
  usage: Set<string>;
}

export function namesIn(entries: readonly Entry[]): Names {
  const names: Names = { accounts: new Set(), transfers: new Set(), pending: new Set(), usage: new Set() };
  for (const { transfers } of entries) {
    for (const transfer of transfers) {
      names.transfers.add(transfer.id);
      if (transfer.kind === 'post' || transfer.kind === 'void') {
        names.pending.add(transfer.pendingId);
        names.transfers.add(transfer.pendingId);
        continue;
      }
      names.accounts.add(transfer.debit).add(transfer.credit);
      for (const limit of transfer.limits ?? []) names.usage.add(usageKey(limit));
      if (transfer.kind === 'reversal') {
        names.transfers.add(transfer.reversesId);
        names.usage.add(reversalKey(transfer.reversesId));
      }
    }
  }
  return names;
}

/** The statements that read the names, locking the accounts first when asked, and what their rows say. */
export function readsOf(
  names: Names,
  locking: boolean,
): { statements: Statement[]; snapshot: (rows: readonly unknown[][][]) => Snapshot } {
  const accounts = plainColumn([...names.accounts]);
  const pending = plainColumn([...names.pending]);
  const usage = textColumn([...names.usage]);
  const through = names.pending.size > 0;
  const kind = `${locking ? 'lock' : 'read'}${through ? ' through holds' : ''}`;
  const statements: Statement[] = [
    {
      name: `accounts: ${kind}`,
      text: `select ${accountColumns} from ledger.account
        where id = any(${through ? accountsThroughHolds : '$1::bigint[]'}) order by id ${locking ? 'for update' : ''}`,
      values: through ? [accounts, pending] : [accounts],
    },
    {
      name: 'transfers: read',
      text: `select ${decisionColumns} from ledger.transfer where id = any($1::uuid[])`,
      values: [plainColumn([...names.transfers])],
    },
  ];
  if (through) {
    statements.push({
      name: 'holds: read',
      text: 'select id, debit, credit, amount, expires_at, usage from ledger.hold where id = any($1::uuid[])',
      values: [pending],
    });
  }
  if (through || names.usage.size > 0) {
    statements.push({
      name: through ? 'usage: read through holds' : 'usage: read',
      text: `select key, used from ledger.usage where key = any(${through ? usageThroughHolds : '$1::text[]'})`,
      values: through ? [usage, pending] : [usage],
    });
  }
  const snapshot = (rows: readonly unknown[][][]): Snapshot => {
    const [accountRows = [], decisionRows = []] = rows;
    const holdRows = through ? (rows[2] ?? []) : [];
    const usageRows = rows[through ? 3 : 2] ?? [];
    return {
      accounts: byFirst(accountRows, accountOf),
      decisions: byFirst(decisionRows, decisionOf),
      holds: byFirst(holdRows, holdOf),
      usage: byFirst(usageRows, ([, used]) => used as bigint),
    };
  };
  return { statements, snapshot };
}

const accountColumns =
  'id, floor, ceiling, debits_posted, credits_posted, debits_pending, credits_pending, version, state';

const decisionColumns = `id, kind, debit, credit, amount, ref, code, chain, place, size, refusal, usage,
  debit_version, credit_version, debit_after, credit_after`;

const accountsThroughHolds = `array(
  select unnest($1::bigint[])
  union select debit from ledger.hold where id = any($2::uuid[])
  union select credit from ledger.hold where id = any($2::uuid[]))`;

const usageThroughHolds = `array(
  select unnest($1::text[])
  union select unnest(string_to_array(usage, E'\\n')) from ledger.hold where id = any($2::uuid[]))`;

/** Rows by their first column, in their order. The casts below are the one place that trusts the column types. */
function byFirst<K, V>(rows: readonly unknown[][], value: (row: unknown[]) => V): Map<K, V> {
  const map = new Map<K, V>();
  for (const row of rows) map.set(row[0] as K, value(row));
  return map;
}

function accountOf(row: unknown[]): Account {
  const [id, floor, ceiling, debitsPosted, creditsPosted, debitsPending, creditsPending, version, state] =
    row as [bigint, bigint | null, bigint | null, bigint, bigint, bigint, bigint, bigint, Account['state']];
  return {
    id,
    floor,
    ceiling,
    debitsPosted,
    creditsPosted,
    debitsPending,
    creditsPending,
    version,
    state,
  };
}

function decisionOf(row: unknown[]): Decision {
  return {
    id: row[0] as TransferId,
    kind: row[1] as Decision['kind'],
    debit: row[2] as bigint | null,
    credit: row[3] as bigint | null,
    amount: row[4] as bigint | null,
    ref: row[5] as TransferId | null,
    code: row[6] as string,
    chain: row[7] as TransferId | null,
    place: row[8] as number,
    size: row[9] as number,
    refusal: row[10] as Decision['refusal'],
    usage: row[11] as string | null,
    debitVersion: row[12] as bigint | null,
    creditVersion: row[13] as bigint | null,
    debitAfter: row[14] as bigint | null,
    creditAfter: row[15] as bigint | null,
  };
}

function holdOf(row: unknown[]): Hold {
  const [id, debit, credit, amount, expiresAt, usage] = row as [
    TransferId,
    bigint,
    bigint,
    bigint,
    Date,
    string | null,
  ];
  return { id, debit, credit, amount, expiresAt, usage };
}
