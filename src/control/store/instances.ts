import type { Database, DatabaseClient } from '../../platform/database/database.ts';
import type { Vitals } from '../../rollout/gate/facts.ts';

/** What is known of one instance, as its last report says. */
export interface InstanceRow {
  service: string;
  instance: string;
  environment: string;
  cell: string;
  phase: string;
  running: string | null;
  good: string | null;
  rollout: string | null;
  vitals: Vitals;
  heardAt: number;
}

/** Of an instance's `log`, the highest message that is stored. */
export interface Acknowledgement {
  service: string;
  instance: string;
  log: string;
  acknowledged: number;
}

/** One statement however many. An older row never replaces a newer one. */
export async function writeInstances(
  client: Database | DatabaseClient,
  rows: readonly InstanceRow[],
): Promise<void> {
  if (rows.length === 0) return;
  // In one order, so that two writers cannot wait for each other.
  const sorted = rows.toSorted((a, b) => (a.instance < b.instance ? -1 : 1));
  await client.query({
    name: 'control_write_instances',
    text: `insert into control.instance as known (service, instance, environment, cell, phase, running, good, rollout,
        vitals, heard_at, running_since)
      select *, row.heard_at from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::json[], $10::timestamptz[])
        as row (service, instance, environment, cell, phase, running, good, rollout, vitals, heard_at)
      on conflict (service, instance) do update set environment = excluded.environment, cell = excluded.cell,
        phase = excluded.phase, running = excluded.running, good = excluded.good, rollout = excluded.rollout,
        vitals = excluded.vitals, heard_at = excluded.heard_at,
        running_since = case when known.running is distinct from excluded.running then excluded.running_since
          else coalesce(known.running_since, excluded.running_since) end
      where known.heard_at <= excluded.heard_at`,
    values: [
      sorted.map(({ service }) => service),
      sorted.map(({ instance }) => instance),
      sorted.map(({ environment }) => environment),
      sorted.map(({ cell }) => cell),
      sorted.map(({ phase }) => phase),
      sorted.map(({ running }) => running),
      sorted.map(({ good }) => good),
      sorted.map(({ rollout }) => rollout),
      sorted.map(({ vitals }) => JSON.stringify(vitals)),
      sorted.map(({ heardAt }) => new Date(heardAt)),
    ],
  });
}

/** All that were heard since `since`, ms since the epoch. */
export async function readInstances(
  database: Database | DatabaseClient,
  { service, since }: { service: string | null; since: number },
): Promise<(InstanceRow & { runningSince: number })[]> {
  const { rows } = await database.query<
    Omit<InstanceRow, 'heardAt'> & { heardAt: Date; runningSince: Date | null }
  >({
    name: 'control_read_instances',
    text: `select service, instance, environment, cell, phase, running, good, rollout, vitals,
        heard_at as "heardAt", running_since as "runningSince"
      from control.instance where ($1::text is null or service = $1) and heard_at >= $2
      order by service, environment, instance`,
    values: [service, new Date(since)],
  });
  return rows.map((row) => ({
    ...row,
    heardAt: row.heardAt.getTime(),
    runningSince: (row.runningSince ?? row.heardAt).getTime(),
  }));
}

export async function writeAcknowledgements(
  client: DatabaseClient,
  rows: readonly Acknowledgement[],
): Promise<void> {
  if (rows.length === 0) return;
  await client.query({
    name: 'control_write_acknowledgements',
    text: `insert into control.agent_log (service, instance, log, acknowledged)
      select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
      on conflict (service, instance) do update set log = excluded.log, acknowledged = excluded.acknowledged`,
    values: [
      rows.map(({ service }) => service),
      rows.map(({ instance }) => instance),
      rows.map(({ log }) => log),
      rows.map(({ acknowledged }) => acknowledged),
    ],
  });
}

/** How many instances were there when the last was heard: after a power cut, how many will come. */
export async function countLately(database: Database): Promise<number> {
  const { rows } = await database.query<{ count: bigint }>(
    `select count(*) from control.instance
      where heard_at > (select max(heard_at) from control.instance) - interval '10 minutes'`,
  );
  return Number(rows[0]?.count ?? 0);
}

export async function readAcknowledgements(database: Database): Promise<Acknowledgement[]> {
  const { rows } = await database.query<Omit<Acknowledgement, 'acknowledged'> & { acknowledged: bigint }>(
    'select service, instance, log, acknowledged from control.agent_log',
  );
  return rows.map((row) => ({ ...row, acknowledged: Number(row.acknowledged) }));
}
