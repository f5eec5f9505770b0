/**
 * What queries were answered, for the page of a payment. Written in the background, twice a second and in one
 * statement: no query waits for it. Over the bound, and while the database is away, notes are lost, and that
 * is all that is.
 */
import type { Database } from '../../../platform/database/database.ts';
import { Deadline, within } from '../../../platform/deadline.ts';
import { repeat } from '../../../platform/loop/repeat.ts';

export interface QueryNotes {
  /** `push`: its id. `code`: the ResultCode, or the error. */
  note(push: string, answer: { code: string; says: string }, atMs: number): void;
  /** Writes what waits, then nothing more. */
  close(): Promise<void>;
}

const WRITE_EVERY_MS = 500;
const WRITE_MS = 2_000;
const MOST_WAITING = 5_000;

interface Note {
  push: string;
  code: string;
  says: string;
  times: number;
  firstMs: number;
  lastMs: number;
}

export function queryNotes(database: Database): QueryNotes {
  let waiting = new Map<string, Note>();

  async function write(): Promise<void> {
    if (waiting.size === 0) return;
    const notes = [...waiting.values()];
    waiting = new Map();
    await within(Deadline.in(WRITE_MS), 'notes of queries', () => insertNotes(database, notes));
  }
  const loop = repeat({ work: write, waitMs: () => WRITE_EVERY_MS, firstMs: WRITE_EVERY_MS });

  return {
    note(push, { code, says }, atMs) {
      const key = `${push} ${code}`;
      const known = waiting.get(key);
      if (known !== undefined) {
        known.times += 1;
        known.lastMs = atMs;
      } else if (waiting.size < MOST_WAITING)
        waiting.set(key, { push, code, says, times: 1, firstMs: atMs, lastMs: atMs });
    },
    async close() {
      await loop.stop();
      await write().catch(() => {});
    },
  };
}

async function insertNotes(database: Database, notes: readonly Note[]): Promise<void> {
  await database.query({
    name: 'stk-query-notes',
    text: `insert into mpesa.stk_query as known (id, code, says, times, first_at, last_at)
      select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::timestamptz[])
      order by 1, 2
      on conflict (id, code) do update
        set times = known.times + excluded.times, last_at = greatest(known.last_at, excluded.last_at)`,
    values: [
      notes.map(({ push }) => push),
      notes.map(({ code }) => code),
      notes.map(({ says }) => says),
      notes.map(({ times }) => times),
      notes.map(({ firstMs }) => new Date(firstMs)),
      notes.map(({ lastMs }) => new Date(lastMs)),
    ],
  });
}
