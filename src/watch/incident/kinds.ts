import type { Entry } from '../journal/entry.ts';

/**
 * The entries that make an incident. All have `ids.incident`, but those of components and measures.
 *
 * | kind | subject | says |
 * | --- | --- | --- |
 * | `incident.opened` | the incident | `text`: title; `ids.alarm`: what opened it; `data`: `onset`, `impact` |
 * | `incident.joined` | an alarm | that it belongs to the incident |
 * | `incident.moved` | the incident | `before`, `after`: phases |
 * | `incident.graver` | the incident | `before`, `after`: impacts |
 * | `incident.taken` | the incident | `actor` has taken over |
 * | `incident.noted` | the incident | `actor` says `text` |
 * | `incident.late` | the incident | a promised update did not come; `data`: `promisedFor` |
 * | `status.posted` | the incident | `text`, published; `after`: phase; `data`: `nextAt` |
 * | `report.published` | the incident | |
 * | `impact.counted` | a component | `data`: `from`, `to`, `good`, `bad` of requests |
 * | `impact.exact` | the incident | `data`: `Exact`, from the books |
 * | `component.changed` | a component | `before`, `after`: states; `text`: why |
 */
export const INCIDENT_KINDS = [
  'incident.opened',
  'incident.joined',
  'incident.moved',
  'incident.graver',
  'incident.taken',
  'incident.noted',
  'incident.late',
  'status.posted',
  'report.published',
  'impact.counted',
  'impact.exact',
  'component.changed',
] as const;

const CHANGES: readonly Entry['source'][] = ['config', 'rollout', 'restart'];
/** What undoes, or is meant to mend: not what may have caused it. */
const MENDS =
  /^(operator\.(undo|restart)|rollout\.(undo|told_back|back_by_lease)|release\.undone|fleet\.restart_|restart\.|agent\.(lease_lost|refused))/;

export const isMending = ({ kind, after }: Entry): boolean =>
  MENDS.test(kind) || (kind === 'rollout.phase' && /back/.test(String(after ?? '')));

/** What may be the cause of what comes after it. */
export const isChange = (entry: Entry): boolean => CHANGES.includes(entry.source);

export const numberIn = (entry: Entry, name: string): number | undefined => {
  const value = entry.data?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};

export const textIn = (entry: Entry, name: string): string | undefined => {
  const value = entry.data?.[name];
  return typeof value === 'string' ? value : undefined;
};
