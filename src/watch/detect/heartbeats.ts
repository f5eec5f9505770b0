import type { Detection, Heartbeat } from './reading.ts';
import { ageOf, type TickClock } from './tick-clock.ts';

/** Since when each subject is expected: one that was never heard of has its time from there. */
export type Expected = Readonly<Record<string, number>>;

export function listen(
  expected: Expected,
  heartbeats: readonly Heartbeat[],
  clock: TickClock,
): { expected: Expected; detections: Detection[] } {
  const next: Record<string, number> = {};
  const detections: Detection[] = [];
  for (const { subject, lastAt, withinMs } of heartbeats) {
    const since = expected[subject] ?? clock.now;
    next[subject] = since;
    const silentMs = lastAt === undefined ? clock.now - since : ageOf(clock, lastAt);
    if (silentMs <= withinMs) continue;
    const heard = lastAt === undefined ? 'was never heard of' : 'was not heard of';
    detections.push({
      ...{ detector: 'heartbeat', symptom: 'heartbeat', severity: 'page', subject },
      onset: clock.at - silentMs,
      at: clock.at,
      score: silentMs / withinMs,
      evidence: `${subject} ${heard} for ${seconds(silentMs)} s; it may be silent for ${seconds(withinMs)} s.`,
    });
  }
  return { expected: next, detections };
}

export const seconds = (ms: number): string => (ms / 1000).toFixed(ms < 10_000 ? 1 : 0);
