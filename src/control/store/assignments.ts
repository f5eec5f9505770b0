import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/** What control last wanted of an instance. */
export interface Assignment {
  service: string;
  instance: string;
  environment: string;
  rollout: string;
  action: 'offer' | 'proof' | 'undo';
  hash: string;
  undoTo: string | null;
  leaseMs: number | null;
  breakGlass: boolean;
  /** Of an offer: how many times it was offered, and did not come of it, and this one. */
  attempt: number;
}

/**
 * `order` grows with everything control wants of anybody; it is the id of the event in the agent's stream.
 */
export type Ordered = Assignment & { order: number };

type Row = Omit<Ordered, 'order'> & { order: bigint };
const columns = `service, instance, environment, rollout, action, hash, undo_to as "undoTo", lease_ms as "leaseMs",
  break_glass as "breakGlass", attempt, ordinal as "order"`;

/**
 * Replaces the last order for each instance; one assignment an instance. R2: an offer outside testing is
 * written only with a passed testing receipt for this content that has not expired. What is not returned was
 * refused for want of one.
 */
export async function writeAssignments(
  client: DatabaseClient,
  assignments: readonly Assignment[],
  now: number,
): Promise<Ordered[]> {
  if (assignments.length === 0) return [];
  const { rows } = await client.query<Row>({
    name: 'control_write_assignments',
    text: `insert into control.assignment
        (service, instance, environment, rollout, action, hash, undo_to, lease_ms, break_glass, attempt, receipt)
      select wanted.*, proof.id
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
        $9::boolean[], $11::integer[])
        as wanted (service, instance, environment, rollout, action, hash, undo_to, lease_ms, break_glass, attempt)
      left join lateral (
        select receipt.id from control.receipt
        where wanted.action = 'offer' and wanted.environment <> 'testing'
          and receipt.service = wanted.service and receipt.hash = wanted.hash
          and receipt.environment = 'testing' and receipt.verdict = 'passed' and receipt.expires_at > $10
        order by receipt.expires_at desc limit 1) proof on true
      where wanted.action <> 'offer' or wanted.environment = 'testing' or proof.id is not null
      on conflict (service, instance) do update set environment = excluded.environment,
        rollout = excluded.rollout, action = excluded.action, hash = excluded.hash, undo_to = excluded.undo_to,
        lease_ms = excluded.lease_ms, break_glass = excluded.break_glass, attempt = excluded.attempt, receipt = excluded.receipt,
        ordinal = excluded.ordinal
      returning ${columns}`,
    values: [
      assignments.map(({ service }) => service),
      assignments.map(({ instance }) => instance),
      assignments.map(({ environment }) => environment),
      assignments.map(({ rollout }) => rollout),
      assignments.map(({ action }) => action),
      assignments.map(({ hash }) => hash),
      assignments.map(({ undoTo }) => undoTo),
      assignments.map(({ leaseMs }) => (leaseMs === null ? null : Math.round(leaseMs))),
      assignments.map(({ breakGlass }) => breakGlass),
      new Date(now),
      assignments.map(({ attempt }) => attempt),
    ],
  });
  return rows.map(ordered);
}

/** The last order for every instance. */
export async function allAssignments(database: Database): Promise<Ordered[]> {
  const { rows } = await database.query<Row>(`select ${columns} from control.assignment`);
  return rows.map(ordered);
}

function ordered({ order, ...row }: Row): Ordered {
  return { ...row, order: Number(order) };
}
