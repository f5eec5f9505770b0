/** Whose traffic is counted. An alarm names all of it that is known. */
export interface Series {
  /** `api`, `auth`, `worker`, or the name of another target of the settings file. */
  readonly service: string;
  readonly product?: string;
  readonly cell?: string;
  /** The release that served it. */
  readonly release?: string;
}

/**
 * What came in of a series since the last tick (one a second). Bad is what the platform answers for (its own
 * errors, deadlines that passed), never the caller's mistake or the customer's wrong PIN.
 */
export interface Reading {
  readonly series: Series;
  readonly good: number;
  readonly bad: number;
  /** Requests under way now. */
  readonly inFlight: number;
  /** Age of the oldest of them, ms; 0 where there is none. */
  readonly oldestMs: number;
  /** What a request of this series may take, ms: its oldest may not be older. */
  readonly deadlineMs: number;
}

/** Who should have been heard of, and when that was last. Silence is failure (R10). */
export interface Heartbeat {
  readonly subject: string;
  /** ms since 1970; `undefined`: never since the watch began. */
  readonly lastAt: number | undefined;
  /** How long it may be silent, ms. */
  readonly withinMs: number;
}

/** What one probe found: a request of the watch's own, end to end. */
export interface ProbeResult {
  readonly subject: string;
  /** From where it was asked, where a subject is asked from several places: these are a quorum. */
  readonly vantage?: string;
  /** When it began, ms since 1970. */
  readonly at: number;
  readonly ok: boolean;
  readonly tookMs: number;
  /** Why it failed, in one sentence. */
  readonly reason?: string;
}

export type Severity = 'page' | 'ticket' | 'note';

/**
 * A detector speaks, at each tick for as long as it holds. `symptom` and `series` (or `subject`) make the
 * key: one alarm a symptom. What is not said any more is over; when an alarm is closed for it, the alarm
 * decides.
 */
export interface Detection {
  readonly detector: string;
  readonly symptom: string;
  readonly severity: Severity;
  readonly series?: Series;
  readonly subject?: string;
  /** The first bad thing that it counts, ms since 1970. */
  readonly onset: number;
  readonly at: number;
  /** Score by threshold: 1 and above is an alarm. */
  readonly score: number;
  /** In one sentence, with the numbers. */
  readonly evidence: string;
}
