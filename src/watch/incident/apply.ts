import type { Severity } from '../detect/reading.ts';
import type { Entry } from '../journal/entry.ts';
import {
  type Alarm,
  IMPACTS,
  type Impact,
  type Incident,
  type IncidentState,
  PHASES,
  type Phase,
} from './incident.ts';
import { numberIn, textIn } from './kinds.ts';

const MOST_UPDATES = 200;
const MOST_INTERVALS = 500;
const MOST_INCIDENTS = 500;
const MOST_MEASURED = 1000;

/** What is known after an entry. The same entry a second time changes nothing. */
export function apply(state: IncidentState, entry: Entry): IncidentState {
  if (entry.kind.startsWith('alarm.')) return alarm(state, entry);
  if (entry.kind === 'incident.opened') return joined(opened(state, entry), entry);
  if (entry.kind === 'incident.joined') return joined(state, entry);
  if (isMeasured(entry)) return measured(state, entry);
  const incident = state.incidents[entry.ids?.incident ?? ''];
  if (incident === undefined) return state;
  return put(state, of(incident, entry));
}

function of(incident: Incident, entry: Entry): Incident {
  switch (entry.kind) {
    case 'incident.moved':
      return moved(incident, phaseOf(entry.after), entry.at);
    case 'incident.graver':
      return { ...incident, impact: impactOf(entry.after) ?? incident.impact };
    case 'incident.taken':
      return { ...incident, taken: incident.taken ?? { by: entry.actor ?? 'somebody', at: entry.at } };
    case 'incident.late':
      return { ...incident, reminded: true };
    case 'impact.exact':
      return {
        ...incident,
        exact: {
          failedPayments: numberIn(entry, 'failedPayments') ?? 0,
          amountCents: textIn(entry, 'amountCents') ?? '0',
          merchants: numberIn(entry, 'merchants') ?? 0,
        },
      };
    case 'status.posted':
      return posted(incident, entry);
    default:
      return incident;
  }
}

const isMeasured = ({ kind }: Entry): boolean => kind === 'component.changed' || kind === 'impact.counted';

/** It says nothing of one incident, so it is of all that are open. */
function measured(state: IncidentState, entry: Entry): IncidentState {
  let next: IncidentState = { ...state, measured: [...state.measured, entry].slice(-MOST_MEASURED) };
  for (const incident of Object.values(state.incidents)) {
    if (incident.phase !== 'resolved') next = put(next, measure(incident, entry));
  }
  return next;
}

const measure = (incident: Incident, entry: Entry): Incident =>
  entry.kind === 'component.changed' ? changed(incident, entry) : counted(incident, entry);

function opened(state: IncidentState, entry: Entry): IncidentState {
  const id = entry.ids?.incident;
  if (id === undefined || state.incidents[id] !== undefined) return state;
  const incident: Incident = {
    id,
    title: entry.text ?? id,
    phase: 'investigating',
    impact: impactOf(entry.data?.impact) ?? 'major',
    onset: numberIn(entry, 'onset') ?? entry.at,
    openedAt: entry.at,
    clearSince: null,
    resolvedAt: null,
    taken: null,
    intervals: [],
    counted: { failed: 0, all: 0, peak: 0, upTo: {} },
    exact: null,
    updates: [],
    nextUpdateAt: null,
    reminded: false,
  };
  const since = state.measured.filter((one) => (numberIn(one, 'to') ?? one.at) >= incident.onset);
  const whole = since.reduce(measure, incident);
  const kept = Object.values(state.incidents).slice(-(MOST_INCIDENTS - 1));
  const incidents = Object.fromEntries([...kept, whole].map((one) => [one.id, one]));
  // The alarms of an incident that is forgotten are forgotten with it.
  const alarms = Object.entries(state.alarms).filter(
    ([, { incident: of }]) => of === null || of in incidents,
  );
  return { ...state, incidents, alarms: Object.fromEntries(alarms) };
}

function alarm(state: IncidentState, entry: Entry): IncidentState {
  const id = entry.ids?.alarm;
  if (id === undefined) return state;
  const before = state.alarms[id];
  const open = entry.kind !== 'alarm.resolved';
  const now: Alarm = {
    id,
    subject: entry.subject,
    symptom: textIn(entry, 'symptom') ?? before?.symptom ?? 'errors',
    severity: (textIn(entry, 'severity') as Severity | undefined) ?? before?.severity ?? 'page',
    release: entry.ids?.release ?? before?.release ?? null,
    onset: Math.min(before?.onset ?? entry.at, numberIn(entry, 'onset') ?? entry.at),
    open,
    incident: before?.incident ?? null,
    evidence: entry.evidence ?? before?.evidence ?? '',
  };
  const alarms = { ...state.alarms };
  // What is over and belongs to no incident is of no use any more.
  if (open || now.incident !== null) alarms[id] = now;
  else delete alarms[id];
  return settled({ ...state, alarms }, now.incident, entry.at);
}

function joined(state: IncidentState, entry: Entry): IncidentState {
  const one = state.alarms[entry.ids?.alarm ?? ''];
  const incident = state.incidents[entry.ids?.incident ?? ''];
  if (one === undefined || incident === undefined) return state;
  const alarms = { ...state.alarms, [one.id]: { ...one, incident: incident.id } };
  const earlier = put({ ...state, alarms }, { ...incident, onset: Math.min(incident.onset, one.onset) });
  return settled(earlier, incident.id, entry.at);
}

/** Since when none of its alarms is open. */
function settled(state: IncidentState, id: string | null, at: number): IncidentState {
  const incident = id === null ? undefined : state.incidents[id];
  if (incident === undefined || incident.phase === 'resolved') return state;
  const open = Object.values(state.alarms).some((one) => one.incident === id && one.open);
  const clearSince = open ? null : (incident.clearSince ?? at);
  return clearSince === incident.clearSince ? state : put(state, { ...incident, clearSince });
}

function moved(incident: Incident, phase: Phase | undefined, at: number): Incident {
  if (phase === undefined || phase === incident.phase) return incident;
  const over = phase === 'resolved';
  return {
    ...incident,
    phase,
    resolvedAt: over ? at : null,
    ...(over
      ? { nextUpdateAt: null, intervals: incident.intervals.map((one) => ({ ...one, to: one.to ?? at })) }
      : {}),
  };
}

function posted(incident: Incident, entry: Entry): Incident {
  if (incident.updates.some(({ at, text }) => at === entry.at && text === entry.text)) return incident;
  const after = moved(incident, phaseOf(entry.after), entry.at);
  const nextAt = after.phase === 'resolved' ? null : (numberIn(entry, 'nextAt') ?? null);
  const by = entry.actor ?? null;
  const update = { at: entry.at, phase: after.phase, text: entry.text ?? '', by, nextAt };
  return {
    ...after,
    updates: [...after.updates, update].slice(-MOST_UPDATES),
    nextUpdateAt: nextAt,
    reminded: false,
    taken: after.taken ?? (by === null ? null : { by, at: entry.at }),
  };
}

function changed(incident: Incident, entry: Entry): Incident {
  const ended = incident.intervals.map((one) =>
    one.component === entry.subject && one.to === null ? { ...one, to: entry.at } : one,
  );
  const open = incident.intervals.some((one) => one.component === entry.subject && one.to === null);
  const state = String(entry.after);
  const last = ended.findLast((one) => one.component === entry.subject);
  if (last?.from === entry.at) return incident;
  if (state === 'operational' || state === 'under_maintenance')
    return open ? { ...incident, intervals: ended } : incident;
  const began = { component: entry.subject, state, from: entry.at, to: null };
  return { ...incident, intervals: [...ended, began].slice(-MOST_INTERVALS) };
}

function counted(incident: Incident, entry: Entry): Incident {
  const [good, bad, to] = [
    numberIn(entry, 'good') ?? 0,
    numberIn(entry, 'bad') ?? 0,
    numberIn(entry, 'to') ?? entry.at,
  ];
  const all = good + bad;
  const before = incident.counted;
  if (all === 0 || to < incident.onset || to <= (before.upTo[entry.subject] ?? 0)) return incident;
  return {
    ...incident,
    counted: {
      failed: before.failed + bad,
      all: before.all + all,
      peak: Math.max(before.peak, bad / all),
      upTo: { ...before.upTo, [entry.subject]: to },
    },
  };
}

const put = (state: IncidentState, incident: Incident): IncidentState => ({
  ...state,
  incidents: { ...state.incidents, [incident.id]: incident },
});

const phaseOf = (value: unknown): Phase | undefined => PHASES.find((phase) => phase === value);
const impactOf = (value: unknown): Impact | undefined => IMPACTS.find((impact) => impact === value);
