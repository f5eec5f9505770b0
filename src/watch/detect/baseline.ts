/**
 * What share of failures is usual: a high quantile of the last week's ratios, each of one minute (of more
 * where traffic is low). Kept as counts in logarithmic buckets, by day: a week is a few dozen numbers.
 * Minutes in which an alarm held are not learnt: an outage is not usual, however long.
 */
export interface Baseline {
  readonly minute: Minute;
  /** The newest first. */
  readonly days: readonly Day[];
  /** The quantile; 0 until there is an hour to learn from. */
  readonly learnt: number;
}

interface Minute {
  readonly since: number;
  readonly good: number;
  readonly bad: number;
  readonly tainted: boolean;
}

interface Day {
  readonly day: number;
  /** How many ratios fell into each bucket; the first is for ratios of 0. */
  readonly counts: readonly number[];
}

const QUANTILE = 0.99;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS = 7;
/** Fewer requests give no ratio worth learning: the minute goes on. */
const LEAST_REQUESTS = 200;
const LEAST_MINUTES = 60;
const SMALLEST = 1e-4;
const STEP = 1.25;
const BUCKETS = Math.ceil(Math.log(1 / SMALLEST) / Math.log(STEP)) + 2;

export const startBaseline = (now: number): Baseline => ({
  minute: { since: now, good: 0, bad: 0, tainted: false },
  days: [],
  learnt: 0,
});

export function learn(baseline: Baseline, good: number, bad: number, alarm: boolean, now: number): Baseline {
  const minute: Minute = {
    since: baseline.minute.since,
    good: baseline.minute.good + good,
    bad: baseline.minute.bad + bad,
    tainted: baseline.minute.tainted || alarm,
  };
  const requests = minute.good + minute.bad;
  if (now - minute.since < MINUTE_MS || requests < LEAST_REQUESTS) return { ...baseline, minute };
  const next = { since: now, good: 0, bad: 0, tainted: false };
  if (minute.tainted) return { ...baseline, minute: next };
  const days = put(baseline.days, Math.floor(now / DAY_MS), bucketOf(minute.bad / requests));
  return { minute: next, days, learnt: quantileOf(days) };
}

function put(days: readonly Day[], today: number, bucket: number): readonly Day[] {
  const newest = days[0];
  const fresh = newest?.day === today ? newest : { day: today, counts: new Array<number>(BUCKETS).fill(0) };
  const counts = fresh.counts.with(bucket, (fresh.counts[bucket] ?? 0) + 1);
  const before = newest?.day === today ? days.slice(1) : days;
  return [{ day: today, counts }, ...before.filter(({ day }) => day > today - DAYS)];
}

const bucketOf = (ratio: number): number =>
  ratio === 0 ? 0 : Math.max(1, Math.ceil(Math.log(ratio / SMALLEST) / Math.log(STEP)) + 1);

function quantileOf(days: readonly Day[]): number {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const day of days)
    for (const [bucket, n] of day.counts.entries()) counts[bucket] = (counts[bucket] ?? 0) + n;
  const all = counts.reduce((sum, n) => sum + n, 0);
  if (all < LEAST_MINUTES) return 0;
  let seen = 0;
  for (const [bucket, n] of counts.entries()) {
    seen += n;
    if (seen >= QUANTILE * all) return bucket === 0 ? 0 : Math.min(1, SMALLEST * STEP ** (bucket - 1));
  }
  return 1;
}
