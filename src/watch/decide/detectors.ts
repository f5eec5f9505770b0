import type { Detection, Heartbeat, ProbeResult, Reading, Severity } from '../detect/reading.ts';

/** What came in since the last tick. */
export interface Facts {
  /** Steady time, ms. */
  readonly at: number;
  readonly readings: readonly Reading[];
  readonly heartbeats: readonly Heartbeat[];
  readonly probes: readonly ProbeResult[];
}

/** Called each tick; speaks as long as its symptom is there. */
export type Detector = (facts: Facts) => readonly Detection[];

/** How many failures in a row of a probe are an alarm, and of what severity. */
export type Misses = (subject: string) => { misses: number; severity: Severity } | undefined;

interface Row {
  failures: number;
  onset: number;
  reason: string;
}

/** Failures of a probe in a row. A probe that is not heard of says nothing here: silence is another's. */
export function missesInARow(missesOf: Misses): Detector {
  const rows = new Map<string, Row>();
  return ({ at, probes }) => {
    for (const { subject, at: probedAt, ok, reason = 'it failed' } of probes) {
      if (ok) rows.delete(subject);
      else {
        const row = rows.get(subject) ?? { failures: 0, onset: probedAt, reason };
        rows.set(subject, { ...row, failures: row.failures + 1, reason });
      }
    }
    return [...rows].flatMap(([subject, { failures, onset, reason }]) => {
      const limit = missesOf(subject);
      if (limit === undefined || failures < limit.misses) return [];
      return {
        detector: 'misses',
        symptom: 'does not answer',
        severity: limit.severity,
        subject,
        onset,
        at,
        score: failures / limit.misses,
        evidence: `${failures} checks of ${subject} in a row failed; the last: ${reason}`,
      };
    });
  };
}
