import type { Entry, Json, Source } from '../journal/entry.ts';

/** A row of control's journal, as its API gives it. */
export interface Row {
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly subject: string;
  readonly data: Json;
  readonly hash: string;
}

/** Throws when it is of another form. */
export function readRows(text: string): Row[] {
  const { rows } = Object(JSON.parse(text)) as { rows?: unknown };
  if (!Array.isArray(rows)) throw new Error('its answer holds no rows');
  return rows.filter(
    (row) =>
      typeof row?.sequence === 'number' && typeof row.kind === 'string' && !Number.isNaN(Date.parse(row.at)),
  );
}

const SOURCES: readonly (readonly [start: string, source: Source])[] = [
  ['release.', 'config'],
  ['rollout.', 'rollout'],
  ['agent.', 'rollout'],
  ['fleet.', 'restart'],
  ['alarm.', 'alarm'],
  ['watch.', 'watch'],
];
const LONGEST = 200;

/** The same fact in this journal, with where it is from. What people did in control is a person's. */
export function copied({ sequence, at, actor, kind, subject, data, hash }: Row): Entry {
  const source = SOURCES.find(([start]) => kind.startsWith(start))?.[1] ?? 'person';
  const detail = data === null || Object.keys(Object(data)).length === 0 ? '' : ` ${JSON.stringify(data)}`;
  const isRollout = kind.startsWith('release.') || kind.startsWith('rollout.');
  return {
    at: Date.parse(at),
    source,
    kind,
    subject,
    actor,
    text: `${actor}: ${kind} ${subject}${detail.slice(0, LONGEST)}`,
    data: { data },
    ...(isRollout ? { ids: { rollout: subject } } : {}),
    origin: { journal: 'control', sequence, hash },
  };
}
