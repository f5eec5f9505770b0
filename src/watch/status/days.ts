import { uptimeIn } from '../incident/impact.ts';
import type { Interval } from '../incident/incident.ts';
import { type ComponentState, STATES } from './component.ts';
import type { ShownComponent } from './state.ts';

/** A day in East Africa Time, as the strip shows it. */
export interface Day {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly from: number;
  readonly to: number;
  /** The worst of the day; `null`: it was not watched yet. */
  readonly worst: ComponentState | null;
  readonly downMs: number;
  readonly requests: { readonly good: number; readonly bad: number };
}

export const DAYS = 90;
const DAY_MS = 86_400_000;
/** East Africa has no summer time. */
const EAT_MS = 3 * 3_600_000;

export const dateOf = (at: number): string => new Date(at + EAT_MS).toISOString().slice(0, 10);

/** The last 90 days, the oldest first. */
export function daysOf(component: ShownComponent, now: number): readonly Day[] {
  const today = Math.floor((now + EAT_MS) / DAY_MS) * DAY_MS - EAT_MS;
  return Array.from({ length: DAYS }, (_, index) => {
    const from = today - (DAYS - 1 - index) * DAY_MS;
    const to = Math.min(from + DAY_MS, now);
    const date = dateOf(from);
    const touched = component.intervals.filter((one) => one.from < to && (one.to ?? now) > from);
    const known = component.watchedSince < to;
    const worst = touched
      .map(({ state }) => state as ComponentState)
      .toSorted((a, b) => rank(b) - rank(a))[0];
    return {
      ...{ date, from, to },
      worst: known ? (worst ?? 'operational') : null,
      downMs: touched.reduce((sum, one) => sum + overlap(one, from, to, now), 0),
      requests: component.requests[date] ?? { good: 0, bad: 0 },
    };
  });
}

/** By minutes (an outage counts whole, a partial one half), and by requests; `null`: there were none. */
export function uptime(component: ShownComponent, now: number): { minutes: number; requests: number | null } {
  const from = Math.max(component.watchedSince, now - DAYS * DAY_MS);
  const closed = component.intervals.map((one) => ({ ...one, to: one.to ?? now }));
  const counts = daysOf(component, now).map(({ requests }) => requests);
  const [good, bad] = [sum(counts.map((one) => one.good)), sum(counts.map((one) => one.bad))];
  return { minutes: uptimeIn(closed, from, now), requests: good + bad === 0 ? null : good / (good + bad) };
}

const overlap = ({ from, to }: Interval, begin: number, end: number, now: number): number =>
  Math.max(0, Math.min(to ?? now, end) - Math.max(from, begin));
const rank = (state: ComponentState): number => STATES.indexOf(state);
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
