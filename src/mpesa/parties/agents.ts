import type { Database } from '../../platform/database/database.ts';

/** Who pays out cash, for anybody to try. */
export const sandboxAgent = { number: '200200', name: 'Imara Agent' } as const;

/** Writes the agent, or brings its name up to date. Idempotent. */
export async function seedAgent(
  database: Database,
  { number, name }: { number: string; name: string },
): Promise<void> {
  await database.query(
    `insert into mpesa.agent (number, name) values ($1, $2)
     on conflict (number) do update set name = excluded.name`,
    [number, name],
  );
}
