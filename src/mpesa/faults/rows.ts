import { type Interference, planInterference } from '../../delivery/interference.ts';
import {
  type Database,
  type DatabaseClient,
  inTransaction,
  type Queryable,
} from '../../platform/database/database.ts';
import type { PlannedFault } from './planned.ts';
import type { FaultRule } from './rule.ts';

/** A fault that is set, newest last. */
export interface SetFault {
  readonly name: string;
  readonly rule: FaultRule;
  readonly seed: number;
  readonly setBy: string;
  readonly setAt: Date;
  readonly expiresAt: Date | null;
  readonly hits: number;
}

const columns = `name, rule, seed::float8 as seed, set_by as "setBy", set_at as "setAt", expires_at as "expiresAt", hits`;

/** Those that can still hit something at `now`, in the order in which they were set. */
export async function readFaults(database: Queryable, now: Date): Promise<SetFault[]> {
  const { rows } = await database.query<SetFault>({
    name: 'fault_read',
    text: `select ${columns} from mpesa.fault
      where (expires_at is null or expires_at > $1) and (times is null or hits < times) order by number`,
    values: [now],
  });
  return rows;
}

/** Every one, also those that are over. */
export async function listFaults(database: Queryable): Promise<SetFault[]> {
  const { rows } = await database.query<SetFault>(`select ${columns} from mpesa.fault order by number`);
  return rows;
}

export interface NewFault extends Omit<SetFault, 'hits'> {
  readonly times: number | null;
}

/** One of the same name is replaced, and counts from 0. */
export async function insertFault(client: DatabaseClient, fault: NewFault): Promise<void> {
  const { name, rule, seed, setBy, setAt, expiresAt, times } = fault;
  await client.query('delete from mpesa.fault where name = $1', [name]);
  await client.query(
    `insert into mpesa.fault (name, rule, seed, set_by, set_at, expires_at, times)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [name, JSON.stringify(rule), seed, setBy, setAt, expiresAt, times],
  );
}

/** Returns the names of those that were there. `undefined`: all of them. */
export async function deleteFaults(client: DatabaseClient, name: string | undefined): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'delete from mpesa.fault where $1::text is null or name = $1 returning name',
    [name ?? null],
  );
  return rows.map(({ name }) => name);
}

/** What was planned for requests so long ago that nothing comes of them any more. */
export async function forgetPlans(client: DatabaseClient, before: Date): Promise<void> {
  await client.query('delete from mpesa.planned_fault where planned_at < $1', [before]);
  await client.query('delete from delivery.interference where planned_at < $1', [before]);
}

/** Counts a request that was met, over all processes; its number, from 1. `undefined`: the fault is gone. */
export async function countMet(database: Queryable, name: string): Promise<number | undefined> {
  const { rows } = await database.query<{ met: number }>({
    name: 'fault_met',
    text: 'update mpesa.fault set met = met + 1 where name = $1 returning met',
    values: [name],
  });
  return rows[0]?.met;
}

/** Counts a hit, over all processes; `false`: it has hit as often as it may, or is gone. */
export async function countHit(database: Queryable, name: string): Promise<boolean> {
  const { rowCount } = await database.query({
    name: 'fault_hit',
    text: 'update mpesa.fault set hits = hits + 1 where name = $1 and (times is null or hits < times)',
    values: [name],
  });
  return rowCount === 1;
}

/** Before the request itself is written, under its id. */
export async function writePlan(
  database: Database,
  id: string,
  plan: PlannedFault,
  callback: Interference | undefined,
): Promise<void> {
  await inTransaction(database, async (client) => {
    await client.query({
      name: 'fault_plan',
      text: 'insert into mpesa.planned_fault (request_id, plan) values ($1, $2)',
      values: [id, JSON.stringify(plan)],
    });
    if (callback !== undefined) await planInterference(client, id, callback);
  });
}
