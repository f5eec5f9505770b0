import type { Entry, Ids, Json, Source } from '../journal/entry.ts';

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
  const { from, to } = Object(data) as Record<string, Json>;
  const isPhase = kind === 'rollout.phase' && typeof to === 'string';
  return {
    at: Date.parse(at),
    source,
    kind,
    subject,
    actor,
    text: textOf(actor, kind, subject, data),
    data: { data },
    ...(isPhase ? { after: to, ...(typeof from === 'string' ? { before: from } : {}) } : {}),
    ids: idsOf(kind, subject, data),
    origin: { journal: 'control', sequence, hash },
  };
}

function textOf(actor: string, kind: string, subject: string, data: Json): string {
  const { release, reason } = Object(data) as Record<string, Json>;
  if (kind === 'release.pushed' && typeof reason === 'string')
    return `${actor} pushed release ${String(release ?? subject)}: ${reason.slice(0, LONGEST)}.`;
  const detail = Object.keys(Object(data)).length === 0 ? '' : ` ${JSON.stringify(data)}`;
  return `${actor}: ${kind} ${subject}${detail.slice(0, LONGEST)}`;
}

/** A release is called as instances call it in their counts: by the first characters of its hash. */
const LABEL = /^sha256:(?<label>[0-9a-f]{12})/;
const OF_ROLLOUTS = /^(release\.|rollout\.|operator\.undo$)/;

/** What ties the row to the others of its release. */
function idsOf(kind: string, subject: string, data: Json): Ids {
  const { hash, rollout } = Object(data) as Record<string, Json>;
  const label = LABEL.exec(String(hash))?.groups?.label;
  const named = OF_ROLLOUTS.test(kind) ? subject : rollout;
  return {
    ...(typeof named === 'string' ? { rollout: named } : {}),
    ...(label === undefined ? {} : { release: label }),
  };
}
