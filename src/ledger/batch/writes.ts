import { bigintColumn, column, plainColumn, textColumn } from '../../platform/database/columns.ts';
import type { Decision } from '../kernel/decision.ts';
import type { AccountWrite, Writes } from '../kernel/snapshot.ts';
import type { Companion, CompanionStatement, CompanionValue, Entry, Verdict } from '../types.ts';
import type { FlightFailed, Statement } from './flight.ts';

/**
 * The statements that write what the kernel decided; one that has nothing to write is not sent. The order is
 * the order in which every batch takes its row locks. A guarded statement that finds fewer rows than it was
 * decided on divides by zero, which undoes the transaction: the commit is already under way behind it.
 */
export function writesOf(writes: Writes, recordedAt: Date): Statement[] {
  const statements: Statement[] = [];
  if (writes.accounts.length > 0) statements.push(updateAccounts(writes.accounts));
  statements.push(...insertDecisions(writes.decisions, recordedAt));
  if (writes.holdsResolved.length > 0) statements.push(deleteHolds(writes.holdsResolved));
  if (writes.holdsOpened.length > 0) statements.push(insertHolds(writes.holdsOpened));
  if (writes.usageChanged.length > 0) statements.push(updateUsage(writes.usageChanged));
  if (writes.usageOpened.length > 0) statements.push(insertUsage(writes.usageOpened));
  return statements;
}

/**
 * Whether the rows changed after they were read: a guard divided by zero, another made the row first, or the
 * account's terms did not allow what its old terms did.
 */
export function isOvertaken({ statement, code, table }: FlightFailed): boolean {
  if (code === DIVISION_BY_ZERO) return guardedStatements.has(statement);
  if (code === CHECK_VIOLATION) return table === 'ledger.account';
  return code === UNIQUE_VIOLATION && insertedTables.has(table ?? '');
}

const DIVISION_BY_ZERO = '22012';
const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';
const guardedStatements = new Set(['accounts: update', 'holds: delete', 'usage: update']);
const insertedTables = new Set(['ledger.transfer', 'ledger.hold', 'ledger.usage']);

function guarded(statement: string, expected: string): string {
  return `with written as (${statement} returning 1) select 1 / (count(*) = ${expected})::int from written`;
}

function updateAccounts(accounts: readonly AccountWrite[]): Statement {
  const sorted = byId(accounts);
  return {
    name: 'accounts: update',
    text: guarded(
      `update ledger.account a
      set version = n.version, debits_posted = n.debits_posted, credits_posted = n.credits_posted,
        debits_pending = n.debits_pending, credits_pending = n.credits_pending
      from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
          $8::bigint[])
        as n (id, was, terms, version, debits_posted, credits_posted, debits_pending, credits_pending)
      where a.id = n.id and a.version = n.was and a.terms = n.terms`,
      '$9::bigint',
    ),
    values: [
      bigintColumn(sorted.map(({ now }) => now.id)),
      bigintColumn(sorted.map(({ was }) => was)),
      bigintColumn(sorted.map(({ now }) => now.terms)),
      bigintColumn(sorted.map(({ now }) => now.version)),
      bigintColumn(sorted.map(({ now }) => now.debitsPosted)),
      bigintColumn(sorted.map(({ now }) => now.creditsPosted)),
      bigintColumn(sorted.map(({ now }) => now.debitsPending)),
      bigintColumn(sorted.map(({ now }) => now.creditsPending)),
      sorted.length,
    ],
  };
}

/** By a typed array: a comparison function over `bigint` costs as much as the kernel. */
function byId(accounts: readonly AccountWrite[]): AccountWrite[] {
  const found = new Map(accounts.map((account) => [account.now.id, account]));
  const sorted: AccountWrite[] = [];
  for (const id of BigInt64Array.from(found.keys()).sort()) {
    const account = found.get(id);
    if (account !== undefined) sorted.push(account);
  }
  return sorted;
}

/** Single payments that were applied, most of all rows, go without the columns that say nothing of them. */
function insertDecisions(decisions: readonly Decision[], recordedAt: Date): Statement[] {
  const plain = decisions.filter(isPlain);
  const rest = plain.length === decisions.length ? [] : decisions.filter((decision) => !isPlain(decision));
  const statements: Statement[] = [];
  if (plain.length > 0) {
    statements.push({
      name: 'transfers: insert plain',
      text: `insert into ledger.transfer (recorded_at, id, debit, credit, amount, debit_version, credit_version,
          debit_after, credit_after, code, place, size, kind)
        select $1::timestamptz, n.*, 0, 1, 'single' from unnest($2::uuid[], $3::bigint[], $4::bigint[],
          $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[]) as n`,
      values: [recordedAt.toISOString(), ...movedColumns(plain)],
    });
  }
  if (rest.length > 0) {
    statements.push({
      name: 'transfers: insert',
      text: `insert into ledger.transfer (recorded_at, id, debit, credit, amount, debit_version, credit_version,
          debit_after, credit_after, code, ref, chain, place, size, kind, refusal, usage)
        select $1::timestamptz, n.* from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
          $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::uuid[], $12::uuid[], $13::smallint[],
          $14::smallint[], $15::text[], $16::text[], $17::text[]) as n`,
      values: [
        recordedAt.toISOString(),
        ...movedColumns(rest),
        plainColumn(rest.map(({ ref }) => ref)),
        plainColumn(rest.map(({ chain }) => chain)),
        plainColumn(rest.map(({ place }) => place)),
        plainColumn(rest.map(({ size }) => size)),
        plainColumn(rest.map(({ kind }) => kind)),
        plainColumn(rest.map(({ refusal }) => refusal)),
        textColumn(rest.map(({ usage }) => usage)),
      ],
    });
  }
  return statements;
}

function isPlain({ kind, chain, refusal, usage }: Decision): boolean {
  return kind === 'single' && chain === null && refusal === null && usage === null;
}

function movedColumns(decisions: readonly Decision[]): (string | Buffer)[] {
  return [
    plainColumn(decisions.map(({ id }) => id)),
    bigintColumn(decisions.map(({ debit }) => debit)),
    bigintColumn(decisions.map(({ credit }) => credit)),
    bigintColumn(decisions.map(({ amount }) => amount)),
    bigintColumn(decisions.map(({ debitVersion }) => debitVersion)),
    bigintColumn(decisions.map(({ creditVersion }) => creditVersion)),
    bigintColumn(decisions.map(({ debitAfter }) => debitAfter)),
    bigintColumn(decisions.map(({ creditAfter }) => creditAfter)),
    textColumn(decisions.map(({ code }) => code)),
  ];
}

function deleteHolds(ids: readonly string[]): Statement {
  const sorted = [...ids].sort();
  return {
    name: 'holds: delete',
    text: guarded('delete from ledger.hold where id = any($1::uuid[])', '$2::bigint'),
    values: [plainColumn(sorted), sorted.length],
  };
}

function insertHolds(holds: Writes['holdsOpened']): Statement {
  return {
    name: 'holds: insert',
    text: `insert into ledger.hold (id, debit, credit, amount, expires_at, usage)
      select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::text[])`,
    values: [
      plainColumn(holds.map(({ id }) => id)),
      bigintColumn(holds.map(({ debit }) => debit)),
      bigintColumn(holds.map(({ credit }) => credit)),
      bigintColumn(holds.map(({ amount }) => amount)),
      plainColumn(holds.map(({ expiresAt }) => expiresAt.toISOString())),
      textColumn(holds.map(({ usage }) => usage)),
    ],
  };
}

function updateUsage(rows: Writes['usageChanged']): Statement {
  const sorted = byKey(rows);
  return {
    name: 'usage: update',
    text: guarded(
      `update ledger.usage u set used = n.now from unnest($1::text[], $2::bigint[], $3::bigint[])
        as n (key, was, now) where u.key = n.key and u.used = n.was`,
      '$4::bigint',
    ),
    values: [
      textColumn(sorted.map(({ key }) => key)),
      bigintColumn(sorted.map(({ was }) => was)),
      bigintColumn(sorted.map(({ now }) => now)),
      sorted.length,
    ],
  };
}

function insertUsage(rows: Writes['usageOpened']): Statement {
  const sorted = byKey(rows);
  return {
    name: 'usage: insert',
    text: 'insert into ledger.usage (key, used) select * from unnest($1::text[], $2::bigint[])',
    values: [textColumn(sorted.map(({ key }) => key)), bigintColumn(sorted.map(({ now }) => now))],
  };
}

function byKey<T extends { key: string }>(rows: readonly T[]): T[] {
  return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** The companions of all entries, one statement a kind, kinds in the order of their names. */
export function companionsOf(entries: readonly Entry[], verdicts: readonly Verdict[]): Statement[] {
  const kinds = new Map<CompanionStatement, Companion['row'][]>();
  for (const [index, { companions }] of entries.entries()) {
    const verdict = verdicts[index];
    if (companions === undefined || verdict === undefined) continue;
    for (const { statement, row } of companions(verdict)) {
      const rows = kinds.get(statement);
      if (rows === undefined) kinds.set(statement, [row]);
      else rows.push(row);
    }
  }
  return [...kinds]
    .sort(([a], [b]) => (a.name < b.name ? -1 : 1))
    .map(([{ name, sql }, rows]) => ({ name, text: sql, values: columnsOf(rows) }));
}

function columnsOf(rows: readonly Companion['row'][]): string[] {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, index) =>
    column(rows.map((row): CompanionValue => row[index] ?? null)),
  );
}
