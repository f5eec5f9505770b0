import type { JsonObject } from '../../config/canonical.ts';
import type { Queryable } from '../../platform/database/database.ts';

/** What operators ask of the leader. Written by any control process, done by the leader, once. */
export type CommandKind = 'submit' | 'approve' | 'reject' | 'confirm' | 'undo' | 'converge';

export interface Command {
  /** Given by the client; the same id is the same request. */
  readonly id: string;
  readonly kind: CommandKind;
  readonly service: string;
  /** `null`: an undo that leaves several; `body.leaves` names them. */
  readonly rollout: string | null;
  readonly person: string;
  readonly body: JsonObject;
}

/**
 * R17: the rollouts that an undo leaves. It was given their names when it was ordered, and they never change.
 */
export function leftBy({ rollout, body: { leaves } }: Pick<Command, 'rollout' | 'body'>): readonly string[] {
  if (rollout !== null) return [rollout];
  return Array.isArray(leaves) ? leaves.filter((each) => typeof each === 'string') : [];
}

export type CommandResult =
  | { readonly ok: true; readonly rollouts: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Whether it is new. One with this id that asks for something else is an error of the client. */
export async function insertCommand(
  client: Queryable,
  command: Command,
  now: number,
): Promise<'new' | 'known' | 'another'> {
  const { id, kind, service, rollout, person, body } = command;
  const text = JSON.stringify(body);
  const { rowCount } = await client.query({
    name: 'control_insert_command',
    text: `insert into control.command (id, kind, service, rollout, person, body, created_at)
      values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    values: [id, kind, service, rollout, person, text, new Date(now)],
  });
  if (rowCount === 1) return 'new';
  const same = await client.query(
    `select from control.command where id = $1 and kind = $2 and service = $3
      and rollout is not distinct from $4 and person = $5 and body::text = $6`,
    [id, kind, service, rollout, person, text],
  );
  return same.rowCount === 1 ? 'known' : 'another';
}

const MOST_AT_ONCE = 100;

/** Not done yet, oldest first. */
export async function openCommands(database: Queryable): Promise<Command[]> {
  const { rows } = await database.query<Command>({
    name: 'control_open_commands',
    text: `select id, kind, service, rollout, person, body from control.command
      where done_at is null order by created_at, id limit $1`,
    values: [MOST_AT_ONCE],
  });
  return rows;
}

export async function findCommand(database: Queryable, id: string): Promise<Command | undefined> {
  const { rows } = await database.query<Command>(
    'select id, kind, service, rollout, person, body from control.command where id = $1',
    [id],
  );
  return rows[0];
}

export async function finishCommand(
  client: Queryable,
  id: string,
  result: CommandResult,
  now: number,
): Promise<void> {
  await client.query({
    name: 'control_finish_command',
    text: 'update control.command set done_at = $3, result = $2 where id = $1 and done_at is null',
    values: [id, JSON.stringify(result), new Date(now)],
  });
}

export async function commandResult(database: Queryable, id: string): Promise<CommandResult | undefined> {
  const { rows } = await database.query<{ result: CommandResult | null }>({
    name: 'control_command_result',
    text: 'select result from control.command where id = $1',
    values: [id],
  });
  return rows[0]?.result ?? undefined;
}
