import type { ClientBase } from 'pg';
import { type Database, inTransaction } from '../platform/database/database.ts';
import { type Deadline, within } from '../platform/deadline.ts';
import { invariants } from './invariants.ts';

export interface AuditReport {
  /** Every invariant holds. */
  sound: boolean;
  invariants: number;
  accounts: number;
  transfers: number;
  openHolds: number;
  violations: Violation[];
}

export interface Violation {
  invariant: string;
  /** How many rows break it. */
  rows: number;
  /** The first of them. */
  examples: Record<string, unknown>[];
}

const EXAMPLES = 5;

/**
 * Proves every invariant of the books on one snapshot of the database, while it is in use. It reads all of
 * it.
 */
export function auditBooks(database: Database, deadline: Deadline): Promise<AuditReport> {
  return within(deadline, 'the audit of the books', () =>
    inTransaction(database, async (client) => {
      const timeoutMs = Math.ceil(deadline.remainingMs()) + 1;
      // Whole tables are joined with each other, whatever the planner thinks of their size.
      await client.query(`set transaction isolation level repeatable read, read only;
        set local statement_timeout = ${timeoutMs}; set local work_mem = '64MB'; set local enable_nestloop = off`);
      return auditIn(client);
    }),
  );
}

/** The audit inside a transaction of the caller. */
export async function auditIn(client: ClientBase): Promise<AuditReport> {
  const violations: Violation[] = [];
  for (const { name, violations: query } of invariants) {
    const { rows } = await client.query<{ rows: string; example: Record<string, unknown> }>(
      `with violation as (${query}) select count(*) over () as rows, to_jsonb(violation) as example
        from violation limit ${EXAMPLES}`,
    );
    const [first] = rows;
    if (first === undefined) continue;
    violations.push({
      invariant: name,
      rows: Number(first.rows),
      examples: rows.map(({ example }) => example),
    });
  }
  const { rows } = await client.query<Record<'accounts' | 'transfers' | 'openHolds', bigint>>(
    `select (select count(*) from ledger.account) as accounts, (select count(*) from ledger.transfer) as transfers,
      (select count(*) from ledger.hold) as "openHolds"`,
  );
  const [counts] = rows;
  return {
    sound: violations.length === 0,
    invariants: invariants.length,
    accounts: Number(counts?.accounts),
    transfers: Number(counts?.transfers),
    openHolds: Number(counts?.openHolds),
    violations,
  };
}
