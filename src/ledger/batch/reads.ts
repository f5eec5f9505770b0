import { bigintColumn, plainColumn, textColumn } from '../../platform/database/columns.ts';
import type { Decision } from '../kernel/decision.ts';
import { type Account, type Hold, reversalKey, usageKey } from '../kernel/snapshot.ts';
import type { AccountId, Entry, Transfer, TransferId } from '../types.ts';
import type { Statement } from './flight.ts';
import type { Found, Known } from './known.ts';

/** Everything the entries of a batch name: what is known of it, and the statements that read the rest. */
export interface Reading {
  found: Found;
  reads: Read[];
}

export interface Read {
  statement: Statement;
  /** Puts the rows of the answer into `found`. */
  take(rows: readonly unknown[][]): void;
}

/** Names that have to be read. */
interface Missing {
  accounts: Set<AccountId>;
  /** The transfers' own ids, and those of what they resolve or reverse: never known, always read. */
  transfers: Set<TransferId>;
  holds: Set<TransferId>;
  usage: Set<string>;
}

/** Plans the reading of a batch. Without `known` everything is read, and the accounts are locked first. */
export function planReading(entries: readonly Entry[], known: Known | undefined): Reading {
  const found: Found = { accounts: new Map(), decisions: new Map(), holds: new Map(), usage: new Map() };
  const missing: Missing = { accounts: new Set(), transfers: new Set(), holds: new Set(), usage: new Set() };
  const needAccount = (id: AccountId) => find(id, found.accounts, known?.accounts, missing.accounts);
  const needUsage = (key: string) => find(key, found.usage, known?.usage, missing.usage);
  const needAll = (transfer: Transfer) => {
    missing.transfers.add(transfer.id);
    if (transfer.kind === 'post' || transfer.kind === 'void') {
      missing.transfers.add(transfer.pendingId);
      find(transfer.pendingId, found.holds, known?.holds, missing.holds);
      const hold = found.holds.get(transfer.pendingId);
      if (hold === undefined) return;
      needAccount(hold.debit);
      needAccount(hold.credit);
      for (const key of hold.usage?.split('\n') ?? []) needUsage(key);
      return;
    }
    needAccount(transfer.debit);
    needAccount(transfer.credit);
    for (const limit of transfer.limits ?? []) needUsage(usageKey(limit));
    if (transfer.kind === 'reversal') {
      missing.transfers.add(transfer.reversesId);
      needUsage(reversalKey(transfer.reversesId));
    }
  };
  for (const { transfers } of entries) for (const transfer of transfers) needAll(transfer);
  return { found, reads: readsOf(missing, found, known === undefined) };
}

function find<K, V>(key: K, found: Map<K, V>, known: Map<K, V> | undefined, missing: Set<K>): void {
  if (found.has(key)) return;
  const value = known?.get(key);
  if (value === undefined) missing.add(key);
  else found.set(key, value);
}

/** The accounts and limits of a hold that is not known are found through the hold, in the same flight. */
function readsOf(missing: Missing, found: Found, locking: boolean): Read[] {
  const through = missing.holds.size > 0;
  const suffix = through ? ' through holds' : '';
  const accounts = bigintColumn([...missing.accounts]);
  const holds = plainColumn([...missing.holds]);
  const usage = textColumn([...missing.usage]);
  const reads: Read[] = [];
  if (through || missing.accounts.size > 0) {
    reads.push({
      statement: {
        name: `accounts: ${locking ? 'lock' : 'read'}${suffix}`,
        text: `select ${accountColumns} from ledger.account
          where id = any(${through ? accountsThroughHolds : '$1::bigint[]'})
          order by id ${locking ? 'for update' : ''}`,
        values: through ? [accounts, holds] : [accounts],
      },
      take: (rows) => fill(found.accounts, rows, accountOf),
    });
  }
  if (missing.transfers.size > 0) {
    reads.push({
      statement: {
        name: 'transfers: read',
        text: `select ${decisionColumns} from ledger.transfer where id = any($1::uuid[])`,
        values: [plainColumn([...missing.transfers])],
      },
      take: (rows) => fill(found.decisions, rows, decisionOf),
    });
  }
  if (through) {
    reads.push({
      statement: {
        name: 'holds: read',
        text: 'select id, debit, credit, amount, expires_at, usage from ledger.hold where id = any($1::uuid[])',
        values: [holds],
      },
      take: (rows) => fill(found.holds, rows, holdOf),
    });
  }
  if (through || missing.usage.size > 0) {
    reads.push({
      statement: {
        name: `usage: read${suffix}`,
        text: `select key, used from ledger.usage where key = any(${through ? usageThroughHolds : '$1::text[]'})`,
        values: through ? [usage, holds] : [usage],
      },
      take: (rows) => fill(found.usage, rows, ([, used]) => used as bigint),
    });
  }
  return reads;
}

const accountColumns =
  'id, floor, ceiling, debits_posted, credits_posted, debits_pending, credits_pending, version, terms, state';

const decisionColumns = `id, kind, debit, credit, amount, ref, code, chain, place, size, refusal, usage,
  debit_version, credit_version, debit_after, credit_after`;

const accountsThroughHolds = `array(
  select unnest($1::bigint[])
  union select debit from ledger.hold where id = any($2::uuid[])
  union select credit from ledger.hold where id = any($2::uuid[]))`;

const usageThroughHolds = `array(
  select unnest($1::text[])
  union select unnest(string_to_array(usage, E'\\n')) from ledger.hold where id = any($2::uuid[]))`;

/** Rows by their first column. The casts from here on are the one place that trusts the column types. */
function fill<K, V>(map: Map<K, V>, rows: readonly unknown[][], value: (row: unknown[]) => V): void {
  for (const row of rows) map.set(row[0] as K, value(row));
}

function accountOf(row: unknown[]): Account {
  return {
    id: row[0] as AccountId,
    floor: row[1] as bigint | null,
    ceiling: row[2] as bigint | null,
    debitsPosted: row[3] as bigint,
    creditsPosted: row[4] as bigint,
    debitsPending: row[5] as bigint,
    creditsPending: row[6] as bigint,
    version: row[7] as bigint,
    terms: row[8] as bigint,
    state: row[9] as Account['state'],
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
  return {
    id: row[0] as TransferId,
    debit: row[1] as AccountId,
    credit: row[2] as AccountId,
    amount: row[3] as bigint,
    expiresAt: row[4] as Date,
    usage: row[5] as string | null,
  };
}
