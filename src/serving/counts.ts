/**
 * What a process did, for the watch: good and bad by product and release since it began, and what is
 * under way now. Served at `/counts` of the admin port: a page of metrics has a thousand lines more, and is
 * rendered again for each look.
 */
export interface Counts {
  count(outcome: 'good' | 'bad', release: string, product?: string): void;
  /** From where it is known what is under way; nothing is, until it is said. */
  underWay(view: () => readonly UnderWay[]): void;
  view(): CountsView;
}

/** The requests of one product that wait or are served. */
export interface UnderWay {
  readonly product: string;
  readonly inFlight: number;
  /** Age of the one that is nearest to its deadline, or furthest past it, ms. */
  readonly oldestMs: number;
  readonly deadlineMs: number;
}

export interface CountsView {
  /** Another one is another process: its counts begin at 0. */
  readonly pid: number;
  /** The release that it serves with now. */
  readonly release: string;
  readonly counts: readonly {
    readonly product: string | null;
    readonly release: string;
    readonly good: number;
    readonly bad: number;
  }[];
  readonly underWay: readonly UnderWay[];
}

/** Product and release; the oldest go, as releases come. */
const MOST_SERIES = 500;

export function createCounts(release: () => string): Counts {
  const counts = new Map<string, { product: string | null; release: string; good: number; bad: number }>();
  let underWay: () => readonly UnderWay[] = () => [];
  return {
    count(outcome, of, product) {
      const key = `${of} ${product ?? ''}`;
      let one = counts.get(key);
      if (one === undefined) {
        one = { product: product ?? null, release: of, good: 0, bad: 0 };
        counts.set(key, one);
        for (const [oldest] of counts) if (counts.size > MOST_SERIES) counts.delete(oldest);
      }
      one[outcome] += 1;
    },
    underWay(view) {
      underWay = view;
    },
    view: () => ({
      pid: process.pid,
      release: release(),
      counts: [...counts.values()],
      underWay: underWay(),
    }),
  };
}
