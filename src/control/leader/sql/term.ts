import type { Database, DatabaseClient } from '../../../platform/database/database.ts';
import { Deposed, type ElectionStore } from '../election.ts';

/**
 * The election in PostgreSQL: the one row of `control.leader`. It holds nothing, an election and every commit
 * of a leader ask it, and the time is the database's own, never this machine's.
 */
export function electionStore(database: Database): ElectionStore {
  return {
    async claim({ holder, url, ms }) {
      const { rows } = await database.query<{ fence: bigint }>({
        name: 'control_campaign',
        text: `update control.leader set
            fence = case when holder = $1 and expires_at > now() then fence
              else greatest(fence + 1, floor(extract(epoch from now()) * 1000)) end,
            holder = $1, url = $2, expires_at = now() + $3 * interval '1 millisecond'
          where one and (holder = $1 or expires_at <= now()) returning fence`,
        values: [holder, url, ms],
      });
      const [won] = rows;
      return won === undefined ? undefined : Number(won.fence);
    },
    async leader() {
      const { rows } = await database.query<{ holder: string; url: string }>(
        'select holder, url from control.leader where one',
      );
      return rows[0];
    },
    async giveBack({ holder, fence }) {
      await database.query(
        'update control.leader set expires_at = now() where one and holder = $1 and fence = $2',
        [holder, fence],
      );
    },
  };
}

/**
 * First in every transaction of a leader. A process that wants to take over waits until the transaction has
 * ended.
 */
export async function assertLeads(client: DatabaseClient, fence: number): Promise<void> {
  const { rows } = await client.query<{ fence: bigint }>({
    name: 'control_fence',
    text: 'select fence from control.leader where one for share',
  });
  const current = Number(rows[0]?.fence);
  if (current !== fence) throw new Deposed(`the term ${fence} is over: ${current} leads now`);
}
