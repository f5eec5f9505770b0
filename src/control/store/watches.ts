import { type Database, inTransaction, type Queryable } from '../../platform/database/database.ts';
import { appendJournal } from './journal.ts';

/** A beat of a watch, as `POST /watches/beats` takes it. */
export interface WatchBeat {
  readonly person: string;
  readonly name: string;
  readonly version: string;
  /** Silence for longer is its death, ms. */
  readonly withinMs: number;
}

export interface WatchRow extends WatchBeat {
  readonly heardAt: number;
  /** When its silence was written into the journal; `null`: it is heard. */
  readonly silentSince: number | null;
}

interface Stored extends WatchBeat {
  heardAt: Date;
  silentSince: Date | null;
}

/** In all: a token that is lost fills no table. */
const MOST_WATCHES = 100;
/** One that was not heard for so long is shown no more. */
const SHOWN_MS = 7 * 86_400_000;
const columns = `person, name, version, within_ms as "withinMs", heard_at as "heardAt",
  silent_since as "silentSince"`;

/**
 * Keeps that a watch was heard; one whose silence is in the journal is back there, in the same transaction.
 * `false`: there are too many watches already.
 */
export async function heardWatch(database: Database, beat: WatchBeat, now: number): Promise<boolean> {
  const { person, name, version, withinMs } = beat;
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<Stored>({
      name: 'control_lock_watch',
      text: `select ${columns} from control.watch where person = $1 and name = $2 for update`,
      values: [person, name],
    });
    const { rowCount } = await client.query({
      name: 'control_heard_watch',
      text: `insert into control.watch (person, name, version, within_ms, heard_at)
        select $1::text, $2::text, $3::text, $4::integer, $5::timestamptz
        where (select count(*) from control.watch where (person, name) <> ($1, $2)) < $6::integer
        on conflict (person, name) do update set version = excluded.version, within_ms = excluded.within_ms,
          heard_at = greatest(watch.heard_at, excluded.heard_at), silent_since = null`,
      values: [person, name, version, withinMs, new Date(now), MOST_WATCHES],
    });
    const [before] = rows;
    if (before !== undefined && before.silentSince !== null) {
      const data = { silentMs: now - before.heardAt.getTime() };
      await appendJournal(client, [{ at: now, actor: person, kind: 'watch.back', subject: name, data }]);
    }
    return rowCount === 1;
  });
}

/**
 * R10: writes into the journal which watches are silent for longer than they said, each once; which of
 * several control processes does, the row decides. Before `hearsSince` none could be heard here, so the
 * silence counts from then at the earliest.
 */
export async function noteSilence(
  database: Database,
  { control, now, hearsSince }: { control: string; now: number; hearsSince: number },
): Promise<readonly WatchRow[]> {
  return inTransaction(database, async (client) => {
    const { rows } = await client.query<Stored>({
      name: 'control_silent_watches',
      text: `update control.watch set silent_since = $1::timestamptz
        where silent_since is null
          and greatest(heard_at, $2::timestamptz) + within_ms * interval '1 millisecond' < $1::timestamptz
        returning ${columns}`,
      values: [new Date(now), new Date(hearsSince)],
    });
    await appendJournal(
      client,
      rows.map(({ person, name, heardAt, withinMs }) => ({
        at: now,
        actor: `control:${control}`,
        kind: 'watch.silent',
        subject: name,
        data: { person, heardAt: heardAt.toISOString(), silentMs: now - heardAt.getTime(), withinMs },
      })),
    );
    return rows.map(rowOf);
  });
}

/** Those that were heard in the last week. */
export async function listWatches(database: Queryable, now: number): Promise<readonly WatchRow[]> {
  const { rows } = await database.query<Stored>({
    name: 'control_watches',
    text: `select ${columns} from control.watch where heard_at > $1 order by name, person`,
    values: [new Date(now - SHOWN_MS)],
  });
  return rows.map(rowOf);
}

function rowOf(row: Stored): WatchRow {
  return { ...row, heardAt: row.heardAt.getTime(), silentSince: row.silentSince?.getTime() ?? null };
}
