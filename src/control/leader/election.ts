import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/**
 * One control process leads: its name is in the one row of `control.leader`, for as long as it goes on saying
 * so. `fence` grows with each change of hands, and is never given twice: it is the database's time at least,
 * so that also after a store was put back to an older state nobody shares one with a leader of the time that
 * was lost. The leader trusts its own monotonic clock for when its term ends, counted from before it asked,
 * so it has stopped before another can begin; and every write names the fence, so a leader that was asleep,
 * or has a clock that lies, fails there.
 */
export interface Election {
  /** The fence of the current term, `undefined` when this process does not lead by its own clock. */
  term(): number | undefined;
  /** Who leads, as far as known: where agents and people should turn. */
  leader(): { holder: string; url: string } | undefined;
  /** Takes or renews the term. Rejects when the store cannot be reached; the term then runs out by itself. */
  campaign(): Promise<void>;
  /** Gives the term back, so that another need not wait for its end. */
  resign(): Promise<void>;
}

/** A write of a leader that is not the leader any more. */
export class Deposed extends Error {
  override readonly name = 'Deposed';
}

export interface ElectionOptions {
  database: Database;
  holder: string;
  /** Where agents and operators reach this process. */
  url: () => string;
  termMs: () => number;
  /** Monotonic, ms. */
  now?: () => number;
}

export function createElection({
  database,
  holder,
  url,
  termMs,
  now = () => performance.now(),
}: ElectionOptions): Election {
  let held: { fence: number; until: number } | undefined;
  let known: { holder: string; url: string } | undefined;

  return {
    term: () => (held !== undefined && now() < held.until ? held.fence : undefined),
    leader: () => known,
    async campaign() {
      const asked = now();
      const ms = termMs();
      const { rows } = await database.query<{ fence: bigint }>({
        name: 'control_campaign',
        text: `update control.leader set
            fence = case when holder = $1 and expires_at > now() then fence
              else greatest(fence + 1, floor(extract(epoch from now()) * 1000)) end,
            holder = $1, url = $2, expires_at = now() + $3 * interval '1 millisecond'
          where one and (holder = $1 or expires_at <= now()) returning fence`,
        values: [holder, url(), ms],
      });
      const [won] = rows;
      if (won !== undefined) {
        held = { fence: Number(won.fence), until: asked + ms };
        known = { holder, url: url() };
        return;
      }
      held = undefined;
      const other = await database.query<{ holder: string; url: string }>(
        'select holder, url from control.leader where one',
      );
      known = other.rows[0];
    },
    async resign() {
      if (held === undefined) return;
      const { fence } = held;
      held = undefined;
      await database.query(
        'update control.leader set expires_at = now() where one and holder = $1 and fence = $2',
        [holder, fence],
      );
    },
  };
}

/**
 * First in every transaction of a leader. Whoever wants to take over waits until the transaction has ended.
 */
export async function assertLeads(client: DatabaseClient, fence: number): Promise<void> {
  const { rows } = await client.query<{ fence: bigint }>({
    name: 'control_fence',
    text: 'select fence from control.leader where one for share',
  });
  const current = Number(rows[0]?.fence);
  if (current !== fence) throw new Deposed(`the term ${fence} is over: ${current} leads now`);
}
