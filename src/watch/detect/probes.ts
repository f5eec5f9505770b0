import { seconds } from './heartbeats.ts';
import type { Detection, ProbeResult } from './reading.ts';
import { ageOf, asTime, type TickClock } from './tick-clock.ts';

/** By subject, then by the place from which it is asked. */
export type Probed = Readonly<Record<string, Readonly<Record<string, InARow>>>>;

interface InARow {
  readonly failures: number;
  /** When the first of them began. */
  readonly since: number;
  readonly seenAt: number;
  readonly reason: string;
}

/** One failure is the network's; so many in a row are the subject's. */
const FAILURES = 3;
/** A place that says nothing for so long has no vote, ms. */
const FORGET_MS = 300_000;
const QUORUM = 2 / 3;

/** A page where a quorum of places fails, a ticket where fewer do: that has to be seen as well. */
export function probe(
  probed: Probed,
  results: readonly ProbeResult[],
  clock: TickClock,
  most: number,
): { probed: Probed; detections: Detection[] } {
  const next: Record<string, Record<string, InARow>> = {};
  for (const { subject, vantage = 'here', at, ok, reason = 'it failed' } of results) {
    const before = next[subject]?.[vantage] ?? probed[subject]?.[vantage];
    const failing = before !== undefined && before.failures > 0;
    next[subject] ??= { ...probed[subject] };
    next[subject][vantage] = ok
      ? { failures: 0, since: clock.now, seenAt: clock.now, reason: '' }
      : {
          failures: (before?.failures ?? 0) + 1,
          since: failing ? before.since : clock.now - ageOf(clock, at),
          seenAt: clock.now,
          reason,
        };
  }
  const all = Object.entries({ ...probed, ...next })
    .map(([subject, places]) => [subject, fresh(places, clock.now)] as const)
    .filter(([, places]) => Object.keys(places).length > 0)
    .sort(([, a], [, b]) => newest(b) - newest(a))
    .slice(0, most);
  return {
    probed: Object.fromEntries(all),
    detections: all.flatMap(([subject, places]) => judge(subject, Object.values(places), clock) ?? []),
  };
}

function judge(subject: string, places: readonly InARow[], clock: TickClock): Detection | undefined {
  const failing = places.filter(({ failures }) => failures >= FAILURES);
  const [first] = failing;
  if (first === undefined) return undefined;
  const since = Math.min(...failing.map((one) => one.since));
  const share = failing.length / places.length;
  const from = places.length === 1 ? '' : ` from ${failing.length} of ${places.length} places`;
  return {
    ...{ detector: 'probe', symptom: 'probe', subject },
    severity: share >= QUORUM ? 'page' : 'ticket',
    onset: asTime(clock, since),
    at: clock.at,
    score: share / QUORUM,
    evidence:
      `The probe of ${subject} failed ${first.failures} times in a row${from}, ` +
      `for ${seconds(clock.now - since)} s: ${first.reason}.`,
  };
}

const fresh = (places: Readonly<Record<string, InARow>>, now: number): Record<string, InARow> =>
  Object.fromEntries(Object.entries(places).filter(([, { seenAt }]) => now - seenAt <= FORGET_MS));

const newest = (places: Record<string, InARow>): number =>
  Math.max(...Object.values(places).map(({ seenAt }) => seenAt));
