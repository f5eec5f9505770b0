import type { Incident, Interval } from '../incident/incident.ts';
import type { ComponentState } from './component.ts';

/** All that the page shows. Plain JSON; `render` makes files of it. Instants are ms since 1970. */
export interface StatusState {
  readonly page: Page;
  readonly components: readonly ShownComponent[];
  /** The newest first; open ones and those of the last 90 days. */
  readonly incidents: readonly ShownIncident[];
  readonly planned: readonly Planned[];
  /** When a check last came to an end. */
  readonly checkedAt: number;
}

export interface Page {
  readonly id: string;
  readonly name: string;
  /** Where it is served, without a slash at the end. */
  readonly url: string;
}

export interface ShownComponent {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly state: ComponentState;
  readonly since: number;
  readonly why: string;
  readonly override: { readonly by: string; readonly reason: string; readonly until: number } | null;
  /** What it was in trouble with in the last 90 days. */
  readonly intervals: readonly Interval[];
  /** Requests by day, `YYYY-MM-DD` in East Africa Time. */
  readonly requests: Readonly<Record<string, { readonly good: number; readonly bad: number }>>;
  /** Since when it is watched: of the days before nothing is known. */
  readonly watchedSince: number;
}

export interface ShownIncident extends Omit<Incident, 'clearSince' | 'counted' | 'reminded'> {
  /** ms from the first bad request to the alarm; `null`: not known. */
  readonly detectedAfterMs: number | null;
  readonly reportUrl?: string;
}

export interface Planned {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly components: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** The grave words of the whole: what the page says at its top, and what feeds and badges say. */
export function overall(
  { components, planned }: StatusState,
  now: number,
): { indicator: 'none' | 'minor' | 'major' | 'critical' | 'maintenance'; description: string } {
  const has = (state: ComponentState) => components.some((one) => one.state === state);
  if (has('major_outage')) {
    const all = components.every(({ state }) => state === 'major_outage');
    return { indicator: 'critical', description: all ? 'Major outage' : 'Part of the system is down' };
  }
  if (has('partial_outage')) return { indicator: 'major', description: 'Partial outage' };
  if (has('degraded_performance')) return { indicator: 'minor', description: 'Degraded performance' };
  const working = has('under_maintenance') || planned.some(({ from, to }) => from <= now && now < to);
  if (working) return { indicator: 'maintenance', description: 'Planned work is under way' };
  return { indicator: 'none', description: 'All systems operational' };
}
