import type { Entry, Ids } from '../journal/entry.ts';
import { apply } from './apply.ts';
import { impactOf } from './impact.ts';
import {
  type Alarm,
  type Cause,
  IMPACTS,
  type Incident,
  type IncidentState,
  type Phase,
  TRANSITIONS,
} from './incident.ts';
import { isMending } from './kinds.ts';
import { titleOf, wordsFor } from './words.ts';

export type IncidentEvent = { readonly type: 'entry'; readonly entry: Entry } | { readonly type: 'tick' };

export interface IncidentOptions {
  /** Without an open alarm for so long, it is over. */
  readonly clearMs: number;
  /** Between two public updates, at most: the first, then the others. */
  readonly firstUpdateMs: number;
  readonly updateMs: number;
}

export const defaultIncidentOptions: IncidentOptions = {
  clearMs: 300_000,
  firstUpdateMs: 300_000,
  updateMs: 1_200_000,
};

/**
 * Opens incidents, leads them through their phases and keeps the promise of the next update. Pure: `entries`
 * are to be written to the journal; they are known here already, and harm nothing when they come back.
 */
export function step(
  state: IncidentState,
  event: IncidentEvent,
  now: number,
  options: IncidentOptions = defaultIncidentOptions,
): { state: IncidentState; entries: readonly Entry[] } {
  switch (event.type) {
    case 'entry': {
      const known = apply(state, event.entry);
      return write(known, (from) => afterEntry(from, event.entry, now, options));
    }
    case 'tick':
      return write(state, (from) => afterTick(from, now, options));
    default:
      return event satisfies never;
  }
}

/** Decides again after each entry that it makes, until there is nothing more to say. */
function write(state: IncidentState, decide: (state: IncidentState) => Entry | undefined) {
  const entries: Entry[] = [];
  let known = state;
  for (let round = 0; round < 100; round += 1) {
    const entry = decide(known);
    if (entry === undefined) break;
    entries.push(entry);
    known = apply(known, entry);
  }
  return { state: known, entries };
}

function afterEntry(
  state: IncidentState,
  entry: Entry,
  now: number,
  options: IncidentOptions,
): Entry | undefined {
  const alarm = state.alarms[entry.ids?.alarm ?? ''];
  if (entry.kind.startsWith('alarm.') && alarm?.open === true && alarm.incident === null) {
    const incident = Object.values(state.incidents).find((one) => belongs(state, alarm, one));
    if (incident !== undefined) return said('incident.joined', alarm.id, now, ids(incident, alarm));
    if (alarm.severity === 'page') return open(state, alarm, now);
  }
  for (const incident of openOnes(state)) {
    const mends = isMending(entry) && entry.at >= incident.onset && about(state, entry, incident);
    const next = mends ? moveOn(incident, 'blamed', now) : undefined;
    const entryFor = next ?? follow(state, incident, now, options);
    if (entryFor !== undefined) return entryFor;
  }
  return undefined;
}

function afterTick(state: IncidentState, now: number, options: IncidentOptions): Entry | undefined {
  for (const incident of openOnes(state)) {
    const next = follow(state, incident, now, options) ?? keepPromise(state, incident, now, options);
    if (next !== undefined) return next;
  }
  return undefined;
}

/** What follows from what is known of an incident, whatever came last. */
function follow(
  state: IncidentState,
  incident: Incident,
  now: number,
  options: IncidentOptions,
): Entry | undefined {
  const { clearSince, taken, intervals } = incident;
  const impact = impactOf(incident, alarmsOf(state, incident));
  if (IMPACTS.indexOf(impact) > IMPACTS.indexOf(incident.impact)) {
    return {
      ...said('incident.graver', incident.id, now, ids(incident)),
      before: incident.impact,
      after: impact,
    };
  }
  const whole = intervals.every(({ to }) => to !== null);
  const clear = clearSince !== null && now - clearSince >= options.clearMs && whole && taken === null;
  const moves = moveOn(incident, clearSince === null ? 'alarmed' : 'recovered', now);
  if (moves !== undefined) return moves;
  const end = clear ? TRANSITIONS[incident.phase].cleared : null;
  if (end !== null) return post(state, incident, end, now, options);
  const published = incident.updates.at(-1)?.phase;
  return published === incident.phase ? undefined : post(state, incident, incident.phase, now, options);
}

/** A person who has taken over is reminded; otherwise the machine keeps its own promise. */
function keepPromise(
  state: IncidentState,
  incident: Incident,
  now: number,
  options: IncidentOptions,
): Entry | undefined {
  const { nextUpdateAt, taken, reminded } = incident;
  if (nextUpdateAt === null || now < nextUpdateAt || reminded) return undefined;
  if (taken === null) return post(state, incident, incident.phase, now, options);
  return {
    ...said('incident.late', incident.id, now, ids(incident)),
    text: `${taken.by} has taken over, and the update that was promised has not come.`,
    data: { promisedFor: nextUpdateAt },
  };
}

function moveOn(incident: Incident, cause: Cause, now: number): Entry | undefined {
  const to = TRANSITIONS[incident.phase][cause];
  if (to === null) return undefined;
  return { ...said('incident.moved', incident.id, now, ids(incident)), before: incident.phase, after: to };
}

function open(state: IncidentState, alarm: Alarm, now: number): Entry {
  const day = new Date(alarm.onset + 3 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '');
  const before = Object.keys(state.incidents).filter((id) => id.startsWith(`inc-${day}-`)).length;
  const id = `inc-${day}-${before + 1}`;
  return {
    ...said('incident.opened', id, now, { incident: id, alarm: alarm.id }),
    text: titleOf(alarm),
    data: { onset: alarm.onset, impact: impactOf(undefined, [alarm]) },
    evidence: alarm.evidence,
  };
}

function post(
  state: IncidentState,
  incident: Incident,
  phase: Phase,
  now: number,
  options: IncidentOptions,
): Entry {
  const wait = incident.updates.length === 0 ? options.firstUpdateMs : options.updateMs;
  return {
    ...{ at: now, source: 'status', kind: 'status.posted', subject: incident.id, ids: ids(incident) },
    text: wordsFor(phase, incident, alarmsOf(state, incident)),
    after: phase,
    data: phase === 'resolved' ? {} : { nextAt: now + wait },
  };
}

const CASCADE_MS = 600_000;

/** One fault raises several alarms: of the same service or release, or soon after one another. */
function belongs(state: IncidentState, alarm: Alarm, incident: Incident): boolean {
  if (incident.phase === 'resolved') return false;
  return alarmsOf(state, incident).some(
    (one) =>
      one.subject === alarm.subject ||
      (one.release !== null && one.release === alarm.release) ||
      Math.abs(one.onset - alarm.onset) <= CASCADE_MS,
  );
}

/** What mends names the release that it leaves; where it names none, it is meant for whatever is open. */
function about(state: IncidentState, entry: Entry, incident: Incident): boolean {
  const releases = alarmsOf(state, incident).flatMap(({ release }) => release ?? []);
  const release = entry.ids?.release;
  return release === undefined || releases.length === 0 || releases.includes(release);
}

const alarmsOf = (state: IncidentState, { id }: Incident): Alarm[] =>
  Object.values(state.alarms).filter((alarm) => alarm.incident === id);

const openOnes = (state: IncidentState): Incident[] =>
  Object.values(state.incidents).filter(({ phase }) => phase !== 'resolved');

const ids = (incident: Incident, alarm?: Alarm): Ids => ({
  incident: incident.id,
  ...(alarm === undefined ? {} : { alarm: alarm.id }),
});

const said = (kind: string, subject: string, at: number, of: Ids): Entry => ({
  ...{ at, source: 'watch', kind, subject, ids: of },
});
