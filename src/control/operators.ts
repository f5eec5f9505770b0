import { createHash, randomBytes } from 'node:crypto';
import type { Database, DatabaseClient, Queryable } from '../platform/database/database.ts';

/**
 * Each may do what those before it may: read, and say that a watch lives · push, freeze, promote, abort ·
 * approve. Undo is for everybody.
 */
export const roles = ['viewer', 'editor', 'approver'] as const;
export type Role = (typeof roles)[number];

export interface Operator {
  name: string;
  role: Role;
}

export interface OperatorRow extends Operator {
  createdAt: Date;
}

export function mayAct(operator: Operator, needed: Role): boolean {
  return roles.indexOf(operator.role) >= roles.indexOf(needed);
}

export function newToken(): string {
  return `imara_${randomBytes(32).toString('base64url')}`;
}

/**
 * Adds the operator, or gives the one of that name another token and role. Tokens come from `newToken`: long
 * and random.
 */
export async function putOperator(
  database: Queryable,
  { name, role, token }: Operator & { token: string },
): Promise<void> {
  await database.query(
    `insert into control.operator (name, token_hash, role, created_at) values ($1, $2, $3, now())
     on conflict (name) do update
     set token_hash = excluded.token_hash, role = excluded.role, removed_at = null`,
    [name, hashOf(token), role],
  );
}

/**
 * The operator whom the installation names, at each start. One who was removed or given another token since
 * stays so; another token of the installation is a new decision of its owner, and counts.
 */
export async function seedOperator(
  database: Database,
  { name, role, token }: Operator & { token: string },
): Promise<void> {
  await database.query(
    `insert into control.operator (name, token_hash, role, created_at, seeded_hash) values ($1, $2, $3, now(), $2)
     on conflict (name) do update
     set token_hash = excluded.token_hash, role = excluded.role, removed_at = null, seeded_hash = excluded.seeded_hash
     where operator.seeded_hash is distinct from excluded.seeded_hash`,
    [name, hashOf(token), role],
  );
}

/** Whether there was one of that name; its old token is worth nothing from now on. */
export async function rotateToken(client: Queryable, name: string, token: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'update control.operator set token_hash = $2 where name = $1 and removed_at is null',
    [name, hashOf(token)],
  );
  return rowCount === 1;
}

export async function removeOperator(client: Queryable, name: string, now: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'update control.operator set removed_at = $2 where name = $1 and removed_at is null',
    [name, new Date(now)],
  );
  return rowCount === 1;
}

/** Locked until the end of the transaction, so that two who remove each other do not both succeed. */
export async function lockedOperators(client: DatabaseClient): Promise<OperatorRow[]> {
  await client.query('lock table control.operator in share row exclusive mode');
  return listOperators(client);
}

export async function listOperators(client: Queryable): Promise<OperatorRow[]> {
  const { rows } = await client.query<OperatorRow>(
    `select name, role, created_at as "createdAt" from control.operator where removed_at is null order by name`,
  );
  return rows;
}

/** Who may act, held in memory, so that an undo needs no store to know who asks. */
export interface OperatorBook {
  /** Reads them again; the last known stay in force when the store does not answer. */
  refresh(): Promise<void>;
  find(token: string): Operator | undefined;
}

export function createOperatorBook(database: Database): OperatorBook {
  let known = new Map<string, Operator>();
  return {
    async refresh() {
      const { rows } = await database.query<Operator & { hash: string }>({
        name: 'control_operators',
        text: 'select name, role, token_hash as hash from control.operator where removed_at is null',
      });
      known = new Map(rows.map(({ hash, name, role }) => [hash, { name, role }]));
    },
    find: (token) => known.get(hashOf(token)),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
