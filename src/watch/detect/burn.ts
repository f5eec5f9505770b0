import type { Severity } from './reading.ts';

/**
 * How fast the budget of failures is used up: the set of windows of the SRE Workbook, for 30 days. A long and
 * a short window must both be over; the short one ends the alarm. For slow burns that no CUSUM sees; failures
 * while one pages are left out: a person knows of them.
 */
export interface Burn {
  readonly open: Counts;
  readonly openedAt: number;
  /** Of one minute, five minutes and an hour each; the newest first. */
  readonly minutes: readonly Counts[];
  readonly fives: readonly Counts[];
  readonly hours: readonly Counts[];
  /** Minutes closed so far. */
  readonly closed: number;
  /** Looked at every ten seconds: its windows are minutes and hours. */
  readonly found: Burning | null;
  readonly judgedAt: number;
}

export interface Counts {
  readonly good: number;
  readonly bad: number;
}

export interface Burning {
  readonly severity: Severity;
  readonly detector: string;
  /** By the factor that trips it, the lower of the two windows: 1 and above. */
  readonly score: number;
  readonly longMs: number;
  readonly bad: number;
  readonly all: number;
}

const MINUTE_MS = 60_000;
const JUDGE_MS = 10_000;
/** Fewer failures in the short window trip nothing: at a request a second two would. */
const LEAST_BAD = 10;

type Ring = 'minutes' | 'fives' | 'hours';
const WINDOWS: readonly {
  severity: Severity;
  detector: string;
  factor: number;
  long: readonly [Ring, number];
  short: readonly [Ring, number];
  longMs: number;
}[] = [
  {
    severity: 'page',
    detector: 'burn-1h',
    factor: 14.4,
    long: ['minutes', 60],
    short: ['minutes', 5],
    longMs: 60 * MINUTE_MS,
  },
  {
    severity: 'page',
    detector: 'burn-6h',
    factor: 6,
    long: ['fives', 72],
    short: ['minutes', 30],
    longMs: 360 * MINUTE_MS,
  },
  {
    severity: 'ticket',
    detector: 'burn-1d',
    factor: 3,
    long: ['hours', 24],
    short: ['fives', 24],
    longMs: 1440 * MINUTE_MS,
  },
  {
    severity: 'ticket',
    detector: 'burn-3d',
    factor: 1,
    long: ['hours', 72],
    short: ['fives', 72],
    longMs: 4320 * MINUTE_MS,
  },
];

const NONE: Counts = Object.freeze({ good: 0, bad: 0 });

export const startBurn = (now: number): Burn => ({
  open: NONE,
  openedAt: now,
  minutes: [],
  fives: [],
  hours: [],
  closed: 0,
  found: null,
  judgedAt: now,
});

/** `objective`: the share that is promised to succeed. */
export function spend(burn: Burn, good: number, bad: number, objective: number, now: number): Burn {
  const open = { good: burn.open.good + good, bad: burn.open.bad + bad };
  const counted = now - burn.openedAt < MINUTE_MS ? { ...burn, open } : closeMinute(burn, open, now);
  if (now - burn.judgedAt < JUDGE_MS) return counted;
  return { ...counted, found: burning(counted, objective), judgedAt: now };
}

function closeMinute(burn: Burn, open: Counts, now: number): Burn {
  const closed = burn.closed + 1;
  const minutes = [open, ...burn.minutes.slice(0, 59)];
  const fives = closed % 5 === 0 ? [sum(minutes, 5), ...burn.fives.slice(0, 71)] : burn.fives;
  const hours = closed % 60 === 0 ? [sum(minutes, 60), ...burn.hours.slice(0, 71)] : burn.hours;
  return { ...burn, open: NONE, openedAt: now, minutes, fives, hours, closed };
}

/** The most urgent pair of windows that is over, if any. A window that is not full yet counts what it has. */
function burning(burn: Burn, objective: number): Burning | null {
  for (const { severity, detector, factor, long, short, longMs } of WINDOWS) {
    const [wide, narrow] = [within(burn, long), within(burn, short)];
    if (narrow.bad < LEAST_BAD) continue;
    const score = Math.min(ratio(wide), ratio(narrow)) / (factor * (1 - objective));
    if (score >= 1) return { severity, detector, score, longMs, bad: wide.bad, all: wide.good + wide.bad };
  }
  return null;
}

function within(burn: Burn, [ring, size]: readonly [Ring, number]): Counts {
  // What is not in an hour or five minutes yet is in the minutes.
  const rest = ring === 'minutes' ? 0 : burn.closed % (ring === 'fives' ? 5 : 60);
  return add(add(sum(burn[ring], size), sum(burn.minutes, rest)), burn.open);
}

function sum(counts: readonly Counts[], size: number): Counts {
  let [good, bad] = [0, 0];
  for (let index = 0; index < size && index < counts.length; index += 1) {
    good += counts[index]?.good ?? 0;
    bad += counts[index]?.bad ?? 0;
  }
  return { good, bad };
}

const add = (one: Counts, other: Counts): Counts => ({
  good: one.good + other.good,
  bad: one.bad + other.bad,
});

const ratio = ({ good, bad }: Counts): number => (bad === 0 ? 0 : bad / (good + bad));
