import type { Reading } from '../detect/reading.ts';

/** What an instance serves at `/counts` of its admin port; what is not of this form is no answer. */
export interface CountsView {
  readonly pid: number;
  readonly release: string;
  readonly counts: readonly {
    readonly product: string | null;
    readonly release: string;
    readonly good: number;
    readonly bad: number;
  }[];
  readonly underWay: readonly {
    readonly product: string;
    readonly inFlight: number;
    readonly oldestMs: number;
    readonly deadlineMs: number;
  }[];
}

/** Throws when it is of another form. */
export function readCounts(text: string): CountsView {
  const view = JSON.parse(text) as CountsView;
  const isCounts =
    typeof view?.pid === 'number' && Array.isArray(view.counts) && Array.isArray(view.underWay);
  if (!isCounts) throw new Error('its answer is not of the form of /counts');
  return view;
}

const DEADLINE_MS = 30_000;

/**
 * What came in between two looks at one instance. What is under way counts for the release that is served
 * with now. A process that is new has counted from 0.
 */
export function readingsOf(
  { service, cell }: { service: string; cell: string | null },
  now: CountsView,
  before: CountsView | undefined,
): Reading[] {
  const base = before?.pid === now.pid ? before : undefined;
  const of = (product: string | null, release: string) => ({
    service,
    ...(product === null ? {} : { product }),
    ...(cell === null ? {} : { cell }),
    release,
  });
  const readings = new Map<string, Reading>();
  for (const { product, release, good, bad } of now.counts) {
    const earlier = base?.counts.find((one) => one.product === product && one.release === release);
    // Of the first look it is not known how long it took to gather.
    const [newGood, newBad] =
      before === undefined ? [0, 0] : [good - (earlier?.good ?? 0), bad - (earlier?.bad ?? 0)];
    readings.set(`${product} ${release}`, {
      series: of(product, release),
      good: Math.max(0, newGood),
      bad: Math.max(0, newBad),
      inFlight: 0,
      oldestMs: 0,
      deadlineMs: DEADLINE_MS,
    });
  }
  // What was under way and is no more has to be said, or it would seem to hang.
  for (const { product, deadlineMs } of base?.underWay ?? []) {
    const key = `${product} ${now.release}`;
    const ended = { series: of(product, now.release), good: 0, bad: 0, inFlight: 0, oldestMs: 0, deadlineMs };
    if (!readings.has(key)) readings.set(key, ended);
  }
  for (const { product, inFlight, oldestMs, deadlineMs } of now.underWay) {
    const key = `${product} ${now.release}`;
    const counted = readings.get(key) ?? { series: of(product, now.release), good: 0, bad: 0 };
    readings.set(key, { ...counted, inFlight, oldestMs, deadlineMs });
  }
  return [...readings.values()];
}
