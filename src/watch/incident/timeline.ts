import type { Written } from '../journal/entry.ts';
import { eat, utc } from './eat.ts';
import type { View } from './view.ts';

/** A row of the timeline. Its times are the journal's: nobody can edit them here. */
export interface Row {
  readonly sequence: number;
  readonly at: number;
  readonly eat: string;
  readonly utc: string;
  readonly source: string;
  readonly kind: string;
  readonly actor: string | null;
  readonly text: string;
  /** What proves it: an address or a command; where the entry has none, its place in the journal. */
  readonly evidence: string;
}

/** The journal keeps them; a reader of the timeline needs the others to be seen. */
const NOISE =
  /^(incident\.(joined|graver)|impact\.counted|watch\.|queue\.|agent\.(beat|shown|renewed)|update\.|alarm\.cleared$)/;

/** What happened, in the order in which it did; the first delivery of each alarm stands for all. */
export function timelineOf({ entries }: View): readonly Row[] {
  const delivered = new Set<string>();
  return entries.filter((entry) => !NOISE.test(entry.kind) && isFirst(entry, delivered)).map(rowOf);
}

function isFirst({ kind, ids }: Written, delivered: Set<string>): boolean {
  if (kind !== 'alert.delivered') return true;
  const alarm = ids?.alarm ?? '';
  if (delivered.has(alarm)) return false;
  delivered.add(alarm);
  return true;
}

function rowOf(entry: Written): Row {
  const { sequence, at, source, kind, actor = null, evidence } = entry;
  return {
    ...{ sequence, at, eat: eat(at), utc: utc(at), source, kind, actor },
    text: sentence(entry),
    evidence: evidence ?? `imara watch journal ${sequence}`,
  };
}

function sentence({ kind, subject, text, before, after, data }: Written): string {
  if (kind === 'impact.exact') return `The books answer: ${String(data?.failedPayments)} payments failed.`;
  if (kind === 'incident.moved') return `The incident is ${String(after)} (before: ${String(before)}).`;
  if (kind === 'incident.opened') return `Incident ${subject} is opened: ${text ?? ''}`;
  if (kind === 'status.posted') return `Published (${String(after)}): ${text ?? ''}`;
  if (kind === 'component.changed')
    return `${subject} is ${String(after).replaceAll('_', ' ')}${text === undefined ? '' : `: ${text}`}`;
  if (text !== undefined) return text;
  const change = after === undefined ? '' : `: ${String(before ?? 'nothing')} → ${String(after)}`;
  return `${kind} ${subject}${change}`;
}
