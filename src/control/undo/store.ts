import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import { currentRollout, openRollouts, rolloutsEndedSince } from '../store/rollouts.ts';
import { LATELY_MS, type Standing, standingOf } from './candidates.ts';
import type { Past } from './way-back.ts';

/** The same as the leader knows from memory, for a process that does not lead. */
export async function standingInStore(database: Database, service: string, now: number): Promise<Standing> {
  const ended = await rolloutsEndedSince(database, service, now - LATELY_MS);
  const open = await openRollouts(database, service);
  const current = await currentRollout(database, service);
  const leftAt = new Map(ended.map(({ id, updatedAt }) => [id, updatedAt.getTime()]));
  const known = [...open, ...(current === undefined ? [] : [current]), ...ended];
  return standingOf(service, known, leftAt, now);
}

/** Nobody goes back further. */
const MOST_PAST = 1_000;

/** The newest releases of a service, and what became of each. */
export async function readPast(client: Database | DatabaseClient, service: string): Promise<Past[]> {
  const { rows } = await client.query<Past>({
    name: 'control_undo_past',
    text: `select release.sequence, release.hash, release.parent, rollout.phase, rollout.back_to as "backTo",
        rollout.id is not null and rollout.id = service.current_rollout as current
      from control.release
      left join control.rollout on rollout.service = release.service and rollout.sequence = release.sequence
      left join control.service on service.service = release.service
      where release.service = $1 order by release.sequence desc limit $2`,
    values: [service, MOST_PAST],
  });
  return rows;
}
