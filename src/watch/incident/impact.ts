import type { Alarm, Impact, Incident, Interval } from './incident.ts';

/** How grave it is by the largest share of requests that failed. */
export function impactOfShare(share: number): Impact {
  if (share >= 0.5) return 'critical';
  if (share >= 0.05) return 'major';
  return share > 0 ? 'minor' : 'none';
}

/** Measured where something was; before, what the alarms say. In doubt the graver. */
export function impactOf(incident: Pick<Incident, 'counted'> | undefined, alarms: readonly Alarm[]): Impact {
  if (incident !== undefined && incident.counted.all > 0) return impactOfShare(incident.counted.peak);
  const paging = alarms.filter(({ severity }) => severity === 'page');
  if (paging.some(({ symptom }) => symptom === 'silence')) return 'critical';
  return paging.length > 0 ? 'major' : 'minor';
}

/** Of how much of a minute in a state uptime is lost. */
const WEIGHTS: Readonly<Record<string, number>> = {
  major_outage: 1,
  partial_outage: 0.5,
  degraded_performance: 0,
};

/** The share of a stretch of time that a component was up, by minutes and their weights. */
export function uptimeIn(intervals: readonly Interval[], from: number, to: number): number {
  let lost = 0;
  for (const { state, from: begun, to: ended } of intervals) {
    const overlap = Math.min(ended ?? to, to) - Math.max(begun, from);
    if (overlap > 0) lost += overlap * (WEIGHTS[state] ?? 0);
  }
  return to <= from ? 1 : Math.max(0, 1 - lost / (to - from));
}
