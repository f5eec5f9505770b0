import type { Written } from '../journal/entry.ts';
import { apply } from './apply.ts';
import { type Alarm, type Incident, type IncidentState, noIncidents } from './incident.ts';
import { isChange } from './kinds.ts';

/** An incident with all that the journal has of it: timeline, suspects and report are views of this. */
export interface View {
  readonly incident: Incident;
  readonly alarms: readonly Alarm[];
  /** From the first change in the hour before the onset to a quarter of an hour after its end, by time. */
  readonly entries: readonly Written[];
}

const BEFORE_MS = 3_600_000;
const AFTER_MS = 900_000;
const MOST_ENTRIES = 20_000;

/** `undefined`: the journal knows no incident of this id. */
export function viewOf(id: string, journal: readonly Written[]): View | undefined {
  const state = journal.reduce<IncidentState>((known, entry) => apply(known, entry), noIncidents);
  const incident = state.incidents[id];
  if (incident === undefined) return undefined;
  const { onset, resolvedAt } = incident;
  const changes = journal.filter((one) => isChange(one) && one.at <= onset && one.at >= onset - BEFORE_MS);
  const from = Math.min(onset, ...changes.map(({ at }) => at));
  const to = resolvedAt === null ? Number.POSITIVE_INFINITY : resolvedAt + AFTER_MS;
  const entries = journal
    .filter(({ at, ids }) => at >= from && (at <= to || ids?.incident === id))
    .filter(({ ids }) => ids?.incident === undefined || ids.incident === id)
    .toSorted((a, b) => a.at - b.at || a.sequence - b.sequence)
    .slice(0, MOST_ENTRIES);
  const alarms = Object.values(state.alarms).filter((alarm) => alarm.incident === id);
  return { incident, alarms, entries };
}
