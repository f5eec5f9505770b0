import type { Companion, CompanionStatement } from '../../ledger/types.ts';
import type { Result } from '../results/codes.ts';

// Tables whose rows workers settle: columns `id`, `state`, `accepted_at`, `claimed_until`, `result_code` and
// `result_desc`. A row belongs to nobody, or to one worker until its claim lapses. Each move from one state
// to the next is one guarded update: of two workers the first moves the row, and the other finds nothing.

export interface WorkTable {
  /** With its schema. */
  readonly table: string;
  /** What its columns are called by in the statements. */
  readonly alias: string;
  /** When the result was written. */
  readonly endedAt: string;
  /** What a claim returns. */
  readonly columns: string;
  /** Joins to `due`, the rows that are claimed, where `columns` needs other tables. */
  readonly joins?: string;
}

/** Who claims, from `now` on: at most `limit` rows, until `until`. */
export interface Claim {
  readonly now: Date;
  readonly until: Date;
  readonly limit: number;
}

/** The parameters of `dueRows` and `claiming`: $1, $2, $3. */
export function claimValues({ now, until, limit }: Claim): [Date, Date, number] {
  return [now, until, limit];
}

/** Rows that nobody has, or whose worker is gone: its claim has lapsed. `order`: who comes first. */
export function dueRows(
  { table }: Pick<WorkTable, 'table'>,
  { where, order, columns = 'id' }: { where: string; order: string; columns?: string },
): string {
  return `select ${columns} from ${table}
    where ${where} and (claimed_until is null or claimed_until <= $1)
    order by ${order} limit $3 for update skip locked`;
}

/** Claims the rows of the query `due` until $2. `more`: further columns to return. */
export function claiming(
  { table, alias, columns, joins = '' }: WorkTable,
  due: string,
  more: readonly string[] = [],
): string {
  return `with due as (${due})
    update ${table} ${alias} set claimed_until = $2 from due ${joins} where ${alias}.id = due.id
    returning ${[columns, ...more].join(', ')}`;
}

/**
 * The claims of the rows $1 that are still in that state hold until $2. A row that another worker has locked
 * is left: it is being moved, or will be found again.
 */
export function renewing({ table }: Pick<WorkTable, 'table'>, state: string): string {
  return `with due as (
      select id from ${table} where id = any($1) and state = '${state}' and claimed_until < $2
      order by id for update skip locked)
    update ${table} worked set claimed_until = $2 from due where worked.id = due.id`;
}

/**
 * Rows in one of the states `from` get their results without money, at $4; returns their ids. Rows are locked
 * in one order, so that two workers never wait for each other. `set`: what else changes.
 */
export function resolving(
  { table, alias, endedAt }: WorkTable,
  { from, set }: { from: readonly string[]; set?: string },
): string {
  const states = from.map((state) => `'${state}'`).join(', ');
  return `with due as (
      select id from ${table} where id = any($1) and state in (${states}) order by id for update)
    update ${table} ${alias} set state = 'resolved', result_code = result.code, result_desc = result.text,
      ${endedAt} = $4, claimed_until = null${set === undefined ? '' : `, ${set}`}
    from due join unnest($1::uuid[], $2::jsonb[], $3::text[]) as result (id, code, text) on result.id = due.id
    where ${alias}.id = due.id
    returning ${alias}.id`;
}

/** The parameters of `resolving`. */
export function resultValues(results: readonly { id: string; result: Result }[], at: Date): unknown[] {
  return [
    results.map(({ id }) => id),
    results.map(({ result }) => JSON.stringify(result.code)),
    results.map(({ result }) => result.callback),
    at,
  ];
}

/** `from → resolved`, in the transaction of the books whose verdict it is. `set`: what else changes. */
export function resolvingWithMoney(
  { table, alias, endedAt }: WorkTable,
  { name, from, set }: { name: string; from: string; set?: string },
): CompanionStatement {
  return {
    name,
    sql: `update ${table} ${alias} set state = 'resolved', result_code = result.code, result_desc = result.text,
        ${endedAt} = result.at, claimed_until = null${set === undefined ? '' : `, ${set}`}
      from unnest($1::uuid[], $2::jsonb[], $3::text[], $4::timestamptz[]) as result (id, code, text, at)
      where ${alias}.id = result.id and ${alias}.state = '${from}'`,
  };
}

/** The row of `resolvingWithMoney`. */
export function resultRow(id: string, { code, callback }: Result, at: Date): Companion['row'] {
  return [id, JSON.stringify(code), callback, at];
}

/** A failure on demand: nobody looks at an accepted row before then. `set`: what else changes. */
export function postponing({ table, alias }: WorkTable, set?: string): string {
  return `update ${table} ${alias} set claimed_until = later.until${set === undefined ? '' : `, ${set}`}
    from unnest($1::uuid[], $2::timestamptz[]) as later (id, until)
    where ${alias}.id = later.id and ${alias}.state = 'accepted'`;
}

/** The parameters of `postponing`. */
export function laterValues(rows: readonly { id: string; untilMs: number }[]): unknown[] {
  return [rows.map(({ id }) => id), rows.map(({ untilMs }) => new Date(untilMs))];
}
