import { canonicalJson, contentHash, type Json } from '../../config/canonical.ts';
import type { Database, DatabaseClient } from '../../platform/database/database.ts';

/** What is to be written down: who did what to what. `data` holds no secret. */
export interface Entry {
  readonly at: number;
  /** A person's name, `instance:NAME` or `control:NAME`. */
  readonly actor: string;
  /** `rollout.phase`, `agent.refused` … */
  readonly kind: string;
  /** What it is about: a rollout's id, an instance, a service. */
  readonly subject: string;
  readonly data: Json;
}

export interface JournalRow extends Entry {
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
}

interface StoredRow {
  sequence: bigint;
  at: Date;
  actor: string;
  kind: string;
  subject: string;
  data: string;
  previous: string;
  hash: string;
}

const columns = `sequence, at, actor, kind, subject, data::text as data, previous, hash`;
const START = `sha256:${'0'.repeat(64)}`;

/**
 * R15: appends in the caller's transaction, so that a fact and its record are written together or not at all.
 * The lock on the head makes all writers' entries one order; it is held until the transaction ends, so append
 * last.
 */
export async function appendJournal(client: DatabaseClient, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const { rows } = await client.query<{ sequence: bigint; hash: string }>(
    'select sequence, hash from control.journal_head where one for update',
  );
  const [head] = rows;
  if (head === undefined) throw new Error('the journal has no head: its table was emptied');
  let previous = head.hash;
  const chained = entries.map((entry, index) => {
    const row = {
      ...entry,
      data: storableText(entry.data),
      sequence: Number(head.sequence) + index + 1,
      previous,
    };
    previous = hashOf(row);
    return { ...row, hash: previous };
  });
  await client.query({
    name: 'control_append_journal',
    text: `with added as (
        insert into control.journal (sequence, at, actor, kind, subject, data, previous, hash)
        select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::json[],
          $7::text[], $8::text[]))
      update control.journal_head set sequence = $9, hash = $10 where one`,
    values: [
      chained.map(({ sequence }) => sequence),
      chained.map(({ at }) => new Date(at)),
      chained.map(({ actor }) => actor),
      chained.map(({ kind }) => kind),
      chained.map(({ subject }) => subject),
      chained.map(({ data }) => data),
      chained.map((row) => row.previous),
      chained.map(({ hash }) => hash),
      Number(head.sequence) + entries.length,
      previous,
    ],
  });
}

/**
 * Rows after `after`, oldest first, or with `newest` the last ones; `subject` keeps those about one thing.
 */
export async function readJournal(
  database: Database,
  {
    after = 0,
    newest = false,
    limit,
    subject,
  }: { after?: number; newest?: boolean; limit: number; subject?: string },
): Promise<JournalRow[]> {
  const { rows } = await database.query<StoredRow>({
    name: newest ? 'control_read_newest_journal' : 'control_read_journal',
    text: `select * from (select ${columns} from control.journal
        where sequence > $1 and ($2::text is null or subject = $2)
        order by sequence ${newest ? 'desc' : 'asc'} limit $3) as part order by sequence`,
    values: [after, subject ?? null, limit],
  });
  return rows.map((row) => ({
    ...row,
    sequence: Number(row.sequence),
    at: row.at.getTime(),
    data: JSON.parse(row.data),
  }));
}

export type JournalCheck =
  | { ok: true; rows: number; head: string }
  /** `sequence`: the first row that is not what was written. */
  | { ok: false; sequence: number; reason: string };

/**
 * Recomputes the whole chain. Rows cut off at the end show by the head, so a person who keeps a head
 * elsewhere can compare it.
 */
export async function verifyJournal(database: Database, batch = 5_000): Promise<JournalCheck> {
  let previous = START;
  let sequence = 0;
  for (;;) {
    const { rows } = await database.query<StoredRow>(
      `select ${columns} from control.journal where sequence > $1 order by sequence limit $2`,
      [sequence, batch],
    );
    for (const row of rows) {
      const fault = faultOf(row, sequence + 1, previous);
      if (fault !== undefined) return { ok: false, ...fault };
      sequence += 1;
      previous = row.hash;
    }
    if (rows.length < batch) break;
  }
  const { rows } = await database.query<{ sequence: bigint; hash: string }>(
    'select sequence, hash from control.journal_head',
  );
  const [head] = rows;
  // Whatever was appended while the chain was read is not missing.
  const cut = head === undefined || Number(head.sequence) < sequence;
  const short = head !== undefined && Number(head.sequence) > sequence;
  if (short && !(await exists(database, sequence + 1)))
    return { ok: false, sequence: sequence + 1, reason: 'is missing: the end of the journal was cut off' };
  if (cut || (!short && head?.hash !== previous))
    return { ok: false, sequence, reason: 'is not the row that the head names' };
  return { ok: true, rows: sequence, head: previous };
}

async function exists(database: Database, sequence: number): Promise<boolean> {
  const { rowCount } = await database.query('select from control.journal where sequence = $1', [sequence]);
  return rowCount === 1;
}

function faultOf(row: StoredRow, sequence: number, previous: string) {
  if (Number(row.sequence) !== sequence) return { sequence, reason: 'is missing' };
  if (row.previous !== previous) return { sequence, reason: 'does not follow the row before it' };
  const hash = hashOf({ ...row, sequence, at: row.at.getTime() });
  return hash === row.hash ? undefined : { sequence, reason: 'was changed after it was written' };
}

/** Over the text of `data`, so that the stored bytes are what is vouched for. */
function hashOf(row: Omit<Entry, 'data'> & { data: string; sequence: number; previous: string }): string {
  const { sequence, at, actor, kind, subject, data, previous } = row;
  return contentHash({ sequence, at, actor, kind, subject, data, previous });
}

/** As PostgreSQL and canonical JSON can hold it: instances may send any text. */
function storableText(value: Json): string {
  const storable: Json = JSON.parse(JSON.stringify(value), (_, child: unknown) =>
    typeof child === 'string' ? child.toWellFormed().replaceAll('\u0000', '') : child,
  );
  return canonicalJson(storable);
}
