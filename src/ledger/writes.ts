import { column, plainColumn, textColumn } from './columns.ts';
import type { FlightFailed, Statement } from './flight.ts';
import type { Decision, Writes } from './kernel.ts';
import type { Companion, CompanionStatement, CompanionValue, Entry, Verdict } from './types.ts';

/**
 * The statements that write what the kernel decided; one that has nothing to write is not sent. The order is the
 * order in which every batch takes its row locks. A guarded statement that finds fewer rows than it was decided on
 * divides by zero, which undoes the transaction: the commit is already under way behind it.
 */
export function writesOf(writes: Writes, recordedAt: Date): Statement[] {
  const statements: Statement[] = [];
  if (writes.accounts.length > 0) statements.push(updateAccounts(writes.accounts));
  if (writes.decisions.length > 0) statements.push(insertDecisions(writes.decisions, recordedAt));
  if (writes.holdsResolved.length > 0) statements.push(deleteHolds(writes.holdsResolved));
  if (writes.holdsOpened.length > 0) statements.push(insertHolds(writes.holdsOpened));
  if (writes.usageChanged.length > 0) statements.push(updateUsage(writes.usageChanged));
  if (writes.usageOpened.length > 0) statements.push(insertUsage(writes.usageOpened));
  return statements;
}

/** Whether the rows changed after they were read: a guard divided by zero, or another made the row first. */
export function isOvertaken({ statement, code, table }: FlightFailed): boolean {
  if (code === DIVISION_BY_ZERO) return guardedStatements.has(statement);
  return code === UNIQUE_VIOLATION && insertedTables.has(table ?? '');
}

const DIVISION_BY_ZERO = '22012';
const UNIQUE_VIOLATION = '23505';
const guardedStatements = new Set(['accounts: update', 'holds: delete', 'usage: update']);
const insertedTables = new Set(['ledger.transfer', 'ledger.hold', 'ledger.usage']);

function guarded(statement: string, expected: string): string {
  return `with written as (${statement} returning 1) select 1 / (count(*) = ${expected})::int from written`;
}

function updateAccounts(accounts: Writes['accounts']): Statement {
  return {
    name: 'accounts: update',
    text: guarded(
      `update ledger.account a
      set version = n.version, debits_posted = n.debits_posted, credits_posted = n.credits_posted,
        debits_pending = n.debits_pending, credits_pending = n.credits_pending
      from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        as n (id, was, version, debits_posted, credits_posted, debits_pending, credits_pending)
      where a.id = n.id and a.version = n.was`,
      '$8::bigint',
    ),
    values: [
      plainColumn(accounts.map(({ now }) => now.id)),
      plainColumn(accounts.map(({ was }) => was)),
      plainColumn(accounts.map(({ now }) => now.version)),
      plainColumn(accounts.map(({ now }) => now.debitsPosted)),
      plainColumn(accounts.map(({ now }) => now.creditsPosted)),
      plainColumn(accounts.map(({ now }) => now.debitsPending)),
      plainColumn(accounts.map(({ now }) => now.creditsPending)),
      accounts.length,
    ],
  };
}

function insertDecisions(decisions: readonly Decision[], recordedAt: Date): Statement {
  return {
    name: 'transfers: insert',
    text: `insert into ledger.transfer (recorded_at, id, debit, credit, amount, debit_version, credit_version,
        debit_after, credit_after, ref, chain, place, size, kind, code, refusal, usage)
      select $1::timestamptz, n.* from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::uuid[], $11::uuid[], $12::smallint[], $13::smallint[],
        $14::text[], $15::text[], $16::text[], $17::text[]) as n`,
    values: [
      recordedAt.toISOString(),
      plainColumn(decisions.map(({ id }) => id)),
      plainColumn(decisions.map(({ debit }) => debit)),
      plainColumn(decisions.map(({ credit }) => credit)),
      plainColumn(decisions.map(({ amount }) => amount)),
      plainColumn(decisions.map(({ debitVersion }) => debitVersion)),
      plainColumn(decisions.map(({ creditVersion }) => creditVersion)),
      plainColumn(decisions.map(({ debitAfter }) => debitAfter)),
      plainColumn(decisions.map(({ creditAfter }) => creditAfter)),
      plainColumn(decisions.map(({ ref }) => ref)),
      plainColumn(decisions.map(({ chain }) => chain)),
      plainColumn(decisions.map(({ place }) => place)),
      plainColumn(decisions.map(({ size }) => size)),
      plainColumn(decisions.map(({ kind }) => kind)),
      textColumn(decisions.map(({ code }) => code)),
      plainColumn(decisions.map(({ refusal }) => refusal)),
      textColumn(decisions.map(({ usage }) => usage)),
    ],
  };
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
      plainColumn(holds.map(({ debit }) => debit)),
      plainColumn(holds.map(({ credit }) => credit)),
      plainColumn(holds.map(({ amount }) => amount)),
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
      plainColumn(sorted.map(({ was }) => was)),
      plainColumn(sorted.map(({ now }) => now)),
      sorted.length,
    ],
  };
}

function insertUsage(rows: Writes['usageOpened']): Statement {
  const sorted = byKey(rows);
  return {
    name: 'usage: insert',
    text: 'insert into ledger.usage (key, used) select * from unnest($1::text[], $2::bigint[])',
    values: [textColumn(sorted.map(({ key }) => key)), plainColumn(sorted.map(({ now }) => now))],
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
