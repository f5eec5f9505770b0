import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../platform/database.ts';

/** Each may do what those before it may: read · push, freeze, promote, abort · approve. Undo is for everybody. */
export const roles = ['viewer', 'editor', 'approver'] as const;
export type Role = (typeof roles)[number];

export interface Operator {
  name: string;
  role: Role;
}

export function mayAct(operator: Operator, needed: Role): boolean {
  return roles.indexOf(operator.role) >= roles.indexOf(needed);
}

export function newToken(): string {
  return `imara_${randomBytes(32).toString('base64url')}`;
}

/** Adds the operator, or gives the one of that name another token and role. Tokens come from `newToken`: long and random. */
export async function putOperator(
  database: Database,
  { name, role, token }: Operator & { token: string },
): Promise<void> {
  await database.query(
    `insert into control.operator (name, token_hash, role, created_at) values ($1, $2, $3, now())
     on conflict (name) do update set token_hash = excluded.token_hash, role = excluded.role`,
    [name, hashOf(token), role],
  );
}

/** Who may act, held in memory, so that an undo needs no store to know who asks. */
export interface OperatorBook {
  /** Reads them anew; the last known stay in force when the store does not answer. */
  refresh(): Promise<void>;
  find(token: string): Operator | undefined;
}

export function createOperatorBook(database: Database): OperatorBook {
  let known = new Map<string, Operator>();
  return {
    async refresh() {
      const { rows } = await database.query<Operator & { hash: string }>({
        name: 'control_operators',
        text: 'select name, role, token_hash as hash from control.operator',
      });
      known = new Map(rows.map(({ hash, name, role }) => [hash, { name, role }]));
    },
    find: (token) => known.get(hashOf(token)),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
