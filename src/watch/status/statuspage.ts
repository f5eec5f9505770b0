import { changedAt, linkOf } from './feeds.ts';
import { overall, type Planned, type ShownComponent, type ShownIncident, type StatusState } from './state.ts';

/** The public reads of Statuspage, version 2: clients that know that page know this one. */
export function statuspageFiles(state: StatusState, now: number): Readonly<Record<string, unknown>> {
  const page = {
    id: state.page.id,
    name: state.page.name,
    url: state.page.url,
    time_zone: 'Africa/Nairobi',
    updated_at: iso(state.checkedAt),
  };
  const status = overall(state, now);
  const components = state.components.map((one, index) => component(one, index, state.page.id));
  const incidents = state.incidents.map((one) => incident(one, state));
  const unresolved = incidents.filter(({ resolved_at }) => resolved_at === null);
  const scheduled = state.planned.map((one) => maintenance(one, state, now));
  const due = scheduled.filter(({ status }) => status !== 'completed');
  const generated = { generated_at: iso(now) };
  return {
    'api/v2/summary.json': {
      page,
      components,
      incidents: unresolved,
      scheduled_maintenances: due,
      status,
      ...generated,
    },
    'api/v2/status.json': { page, status, ...generated },
    'api/v2/components.json': { page, components, ...generated },
    'api/v2/incidents.json': { page, incidents, ...generated },
    'api/v2/incidents/unresolved.json': { page, incidents: unresolved, ...generated },
    'api/v2/scheduled-maintenances.json': { page, scheduled_maintenances: scheduled, ...generated },
  };
}

function component(one: ShownComponent, index: number, page: string) {
  return {
    id: one.id,
    name: one.name,
    status: one.state,
    description: one.description ?? null,
    created_at: iso(one.watchedSince),
    updated_at: iso(one.since),
    position: index + 1,
    showcase: true,
    start_date: iso(one.watchedSince).slice(0, 10),
    group_id: null,
    page_id: page,
    group: false,
    only_show_if_degraded: false,
  };
}

function incident(one: ShownIncident, state: StatusState) {
  const touched = new Set(one.intervals.map((interval) => interval.component));
  const components = state.components.filter(({ id }) => touched.has(id));
  return {
    id: one.id,
    name: one.title,
    status: one.phase,
    created_at: iso(one.openedAt),
    updated_at: iso(changedAt(one)),
    monitoring_at: isoOrNull(one.updates.find(({ phase }) => phase === 'monitoring')?.at ?? null),
    resolved_at: isoOrNull(one.resolvedAt),
    impact: one.impact,
    shortlink: linkOf(state.page.url, one),
    started_at: iso(one.onset),
    page_id: state.page.id,
    incident_updates: one.updates.toReversed().map(({ at, phase, text }, index, all) => ({
      id: `${one.id}-${all.length - index}`,
      status: phase,
      body: text,
      incident_id: one.id,
      created_at: iso(at),
      updated_at: iso(at),
      display_at: iso(at),
      affected_components: components.map(({ id, name, state: status }) => ({
        code: id,
        name,
        old_status: status,
        new_status: status,
      })),
    })),
    components: components.map((each, index) => component(each, index, state.page.id)),
    next_update_at: isoOrNull(one.nextUpdateAt),
  };
}

function maintenance(one: Planned, state: StatusState, now: number) {
  const status = now < one.from ? 'scheduled' : now < one.to ? 'in_progress' : 'completed';
  return {
    id: one.id,
    name: one.title,
    status,
    created_at: iso(one.from),
    updated_at: iso(now < one.from ? one.from : Math.min(now, one.to)),
    monitoring_at: null,
    resolved_at: status === 'completed' ? iso(one.to) : null,
    impact: 'maintenance',
    shortlink: linkOf(state.page.url, one),
    started_at: iso(one.from),
    page_id: state.page.id,
    incident_updates: [],
    components: state.components
      .filter(({ id }) => one.components.includes(id))
      .map((each, index) => component(each, index, state.page.id)),
    scheduled_for: iso(one.from),
    scheduled_until: iso(one.to),
  };
}

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
