import type { Detection, Series, Severity } from '../detect/reading.ts';

/**
 * - `raised`: nobody has said that they are at it; the chain goes on.
 * - `acknowledged`: somebody has; the chain stands still.
 * - `snoozed`: the same until an instant, then it is raised again.
 * - `resolved`: its symptom is gone, or somebody said so. It is open no more.
 */
export type Phase = 'raised' | 'acknowledged' | 'snoozed' | 'resolved';

/** All instants in steady ms: see `loop/steady-clock.ts`. */
export interface Alarm {
  readonly id: string;
  /** Service, symptom and release: one alarm a symptom. */
  readonly key: string;
  readonly phase: Phase;
  readonly severity: Severity;
  /** What spoke last. */
  readonly detection: Detection;
  readonly onset: number;
  readonly raisedAt: number;
  readonly lastSeenAt: number;
  /** From when the steps of the chain are counted: raised, worsened or woken. */
  readonly countedFrom: number;
  /** How many steps of the chain were taken. */
  readonly level: number;
  /** Where it was sent: there it is also sent that it is over. */
  readonly sentTo: readonly string[];
  readonly snoozedUntil?: number;
  /** Who acknowledged, snoozed or resolved it. */
  readonly by?: string;
}

/** What an alarm is about: a service, or the target of a probe. */
export function subjectOf({ series, subject }: Pick<Detection, 'series' | 'subject'>): string {
  return series?.service ?? subject ?? 'unknown';
}

export function keyOf(detection: Detection): string {
  return [subjectOf(detection), detection.symptom, detection.series?.release ?? ''].join('|');
}

export function seriesText({ service, product, cell, release }: Series): string {
  const parts = [
    product === undefined ? '' : `product ${product}`,
    cell === undefined ? '' : `cell ${cell}`,
    release === undefined ? '' : `release ${release}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? service : `${service} (${parts.join(', ')})`;
}

const RANK: Record<Severity, number> = { note: 0, ticket: 1, page: 2 };

export function isWorse(one: Severity, other: Severity): boolean {
  return RANK[one] > RANK[other];
}
