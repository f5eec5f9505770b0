import type { Queryable } from '../../platform/database/database.ts';
import { finishedPhases } from '../../rollout/machine/phases.ts';
import type { RolloutState } from '../../rollout/machine/state.ts';

/** A rollout as the store has it. */
export interface StoredRollout {
  id: string;
  service: string;
  sequence: number;
  state: RolloutState;
  version: number;
  /** Where an undo was ordered to lead; `null`: to the release before. */
  backTo: string | null;
  reason: string;
  author: string;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `rollout.id, rollout.service, rollout.sequence, rollout.state, rollout.version,
  rollout.back_to as "backTo", release.reason, release.author,
  rollout.created_at as "createdAt", rollout.updated_at as "updatedAt"`;
const source = `control.rollout join control.release
  on release.service = rollout.service and release.sequence = rollout.sequence`;

export async function insertRollout(
  client: Queryable,
  {
    state,
    service,
    sequence,
    redoes,
    now,
  }: {
    state: RolloutState;
    service: string;
    sequence: number;
    /** The rollout whose content this one offers again. */
    redoes?: string | undefined;
    now: number;
  },
): Promise<void> {
  await client.query({
    name: 'control_insert_rollout',
    text: `insert into control.rollout (id, service, sequence, phase, state, redoes, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $7)`,
    values: [
      state.id,
      service,
      sequence,
      state.phase.at,
      JSON.stringify(state),
      redoes ?? null,
      new Date(now),
    ],
  });
}

/** Somebody else wrote it since it was read. */
export class StaleRollout extends Error {
  override readonly name = 'StaleRollout';
}

/** Compare and set: throws `StaleRollout` when `version` is not the stored one any more. */
export async function saveRollout(
  client: Queryable,
  {
    state,
    version,
    backTo,
    now,
  }: { state: RolloutState; version: number; backTo: string | null; now: number },
): Promise<void> {
  const { rowCount } = await client.query({
    name: 'control_save_rollout',
    text: `update control.rollout set state = $3, phase = $4, version = version + 1, back_to = $5, updated_at = $6
      where id = $1 and version = $2`,
    values: [state.id, version, JSON.stringify(state), state.phase.at, backTo, new Date(now)],
  });
  if (rowCount !== 1) throw new StaleRollout(`rollout ${state.id} is not at version ${version} any more`);
}

export async function findRollout(database: Queryable, id: string): Promise<StoredRollout | undefined> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_find_rollout',
    text: `select ${columns} from ${source} where rollout.id = $1`,
    values: [id],
  });
  return rows[0];
}

/** Newest first. */
export async function listRollouts(
  database: Queryable,
  { service, limit }: { service: string | null; limit: number },
): Promise<StoredRollout[]> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_list_rollouts',
    text: `select ${columns} from ${source}
      where $1::text is null or rollout.service = $1 order by rollout.created_at desc, rollout.id desc limit $2`,
    values: [service, limit],
  });
  return rows;
}

/** A release that somebody serves with. */
export interface Served {
  readonly service: string;
  readonly hash: string;
}

/**
 * What the leader has to step, of all services: whatever is on its way forward or back; and where nothing is,
 * the release in force, for those who join, and what was undone and is `served` all the same, by somebody who
 * was away meanwhile. Where an undo was ordered to lead is left to the instances; what is offered again by
 * name (`redoes`) is that rollout's from then on.
 */
export async function activeRollouts(
  database: Queryable,
  served: readonly Served[],
): Promise<StoredRollout[]> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_active_rollouts',
    text: `select ${columns} from ${source}
      where rollout.phase not in (${finishedPhases})
        or not exists (
          select from control.rollout other where other.service = rollout.service
            and other.phase not in (${finishedPhases}, 'draft'))
        and (rollout.id in (select current_rollout from control.service)
          or rollout.phase = 'rolled_back'
          and (release.service, release.hash) in (select * from unnest($1::text[], $2::text[]))
          and not exists (
            select from control.service join control.rollout current on current.id = service.current_rollout
              join control.release in_force
                on in_force.service = current.service and in_force.sequence = current.sequence
              where current.service = rollout.service and in_force.hash = release.hash)
          -- The same content may have been proved since: then what is served is that one.
          and not exists (
            select from control.rollout later
              join control.release same on same.service = later.service and same.sequence = later.sequence
              where later.service = rollout.service and later.phase = 'proved' and same.hash = release.hash
                and later.created_at > rollout.created_at)
          and not exists (
            select from control.rollout other where other.service = rollout.service
              and other.id <> rollout.id and other.back_to = release.hash)
          and not exists (
            select from control.rollout other join control.release again
                on again.service = other.service and again.sequence = other.sequence
              where other.redoes = rollout.id and again.hash = release.hash))
      order by rollout.created_at`,
    values: [served.map(({ service }) => service), served.map(({ hash }) => hash)],
  });
  return rows;
}

/** Whether any rollout of a release proved it. */
export type Fate = 'proved' | 'not_proved';

/**
 * Of releases that somebody serves with, those that the store knows: whether any rollout proved them. By
 * hash.
 */
export async function fatesOf(database: Queryable, served: readonly Served[]): Promise<Map<string, Fate>> {
  const { rows } = await database.query<{ hash: string; proved: boolean }>({
    name: 'control_fates_of',
    text: `select release.hash, bool_or(rollout.phase = 'proved') as proved
      from control.release join control.rollout
        on rollout.service = release.service and rollout.sequence = release.sequence
      where (release.service, release.hash) in (select * from unnest($1::text[], $2::text[]))
      group by release.hash`,
    values: [served.map(({ service }) => service), served.map(({ hash }) => hash)],
  });
  return new Map(rows.map(({ hash, proved }) => [hash, proved ? 'proved' : 'not_proved']));
}

/** Those of all services whose release is in force. */
export async function rolloutsInForce(database: Queryable): Promise<StoredRollout[]> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_rollouts_in_force',
    text: `select ${columns} from ${source} where rollout.id in (select current_rollout from control.service)`,
  });
  return rows;
}

/** The rollout whose release the service is to serve with; `undefined`: what the service has built in. */
export async function currentRollout(
  database: Queryable,
  service: string,
): Promise<StoredRollout | undefined> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_current_rollout',
    text: `select ${columns} from ${source}
      join control.service on service.current_rollout = rollout.id where service.service = $1`,
    values: [service],
  });
  return rows[0];
}

/** Whatever of the service is neither proved nor ended. */
export async function openRollouts(database: Queryable, service: string): Promise<StoredRollout[]> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_open_rollouts',
    text: `select ${columns} from ${source}
      where rollout.service = $1 and rollout.phase not in (${finishedPhases})
      order by rollout.created_at desc`,
    values: [service],
  });
  return rows;
}

/** Those that went back to their end since then, newest first; `service` null: of all. */
export async function rolloutsEndedSince(
  database: Queryable,
  service: string | null,
  since: number,
): Promise<StoredRollout[]> {
  const { rows } = await database.query<StoredRollout>({
    name: 'control_rollouts_ended_since',
    text: `select ${columns} from ${source}
      where ($1::text is null or rollout.service = $1)
        and rollout.phase in ('rolled_back', 'aborted') and rollout.updated_at >= $2
      order by rollout.updated_at desc limit 20`,
    values: [service, new Date(since)],
  });
  return rows;
}

export async function setCurrent(client: Queryable, service: string, rollout: string): Promise<void> {
  await client.query(
    `insert into control.service (service, current_rollout) values ($1, $2)
     on conflict (service) do update set current_rollout = excluded.current_rollout`,
    [service, rollout],
  );
}

/**
 * `rollout` is undone, and was in force: the latest other one that proved `hash` is now. What was undone
 * itself is not come back to: its own way back goes on, to what is built in at last.
 */
export async function takeBackCurrent(
  client: Queryable,
  { service, rollout, hash }: { service: string; rollout: string; hash: string | null },
): Promise<void> {
  await client.query(
    `with recursive
      known as (
        select other.id, other.phase, other.created_at, release.hash, coalesce(other.back_to, release.parent) as before
        from control.rollout other
        join control.release on release.service = other.service and release.sequence = other.sequence
        where other.service = $1 and other.id <> $2 and other.phase in ('proved', 'rolling_back', 'rolled_back')),
      back (hash, step) as (
        select $3::text, 0
        union all
        select undone.before, step + 1
        from back cross join lateral (
          select * from known where known.hash = back.hash order by phase = 'proved' desc, created_at desc limit 1
        ) undone
        where undone.phase <> 'proved' and step < $4)
     update control.service set current_rollout = (
        select known.id from back join known using (hash)
        where known.phase = 'proved' order by back.step, known.created_at desc limit 1)
      where service = $1 and current_rollout = $2`,
    [service, rollout, hash, LONGEST_WAY_BACK],
  );
}

/** Each of these releases was undone; ways back that people name may lead in a circle. */
const LONGEST_WAY_BACK = 100;
