/**
 * Layer 0: facts that need no statistics. Any one of them, on an instance that has the new release, rolls
 * back.
 */
export type HardFact =
  /** NACK: signatures, taste or first use failed. `late`: after it was accepted. */
  | { kind: 'refused'; instance: string; cause: string; late: boolean }
  | { kind: 'crashed'; instance: string }
  /** R9: two boots with it failed, and the one before was taken. */
  | { kind: 'boot_failed'; instance: string }
  | { kind: 'lease_lost'; instance: string }
  | { kind: 'silent'; instance: string; forMs: number }
  | { kind: 'stalled'; instance: string; stalledMs: number }
  | { kind: 'overdue'; instance: string; overdue: number; budget: number }
  | { kind: 'probes_failed'; instance: string; inARow: number };

/** What an instance's watchdog says of it, four times a second, from outside the event loop that serves. */
export interface Vitals {
  /** How long the event loop or the worker pool has not moved, in ms. */
  readonly stalledMs: number;
  /** Requests in flight that are older than their deadline. */
  readonly overdue: number;
  /** How many of them the pool can bear. */
  readonly overdueBudget: number;
  readonly failedProbesInARow: number;
}

export interface FactLimits {
  /** Silence that counts as failure, in ms: 4 beats of 250 ms. */
  readonly silentMs: number;
  readonly stalledMs: number;
  readonly failedProbes: number;
  /**
   * Everybody's trouble fails three in a row by chance. Where a probe of control failed meanwhile it takes so
   * many; where none did, this divided by the instances of control that say so.
   */
  readonly failedProbesInTrouble: number;
}

/** What beats have shown of an instance's probes; ms since the epoch. */
export interface ProbeFailures {
  /** Since when they fail in a row; `null`: they do not. */
  readonly since: number | null;
  /** When one was last seen to fail. */
  readonly at: number;
}

export interface Watched {
  readonly instance: string;
  /** When it was heard last, or got the release if it has not been heard since; ms since the epoch. */
  readonly heardAt: number;
  readonly vitals: Vitals | undefined;
  /** Left out: none has failed. */
  readonly probes?: ProbeFailures | undefined;
}

/** The same after one more beat. */
export function probesAfter(
  before: ProbeFailures | undefined,
  { failedProbesInARow }: Vitals,
  now: number,
): ProbeFailures | undefined {
  if (failedProbesInARow > 0) return { since: before?.since ?? now, at: now };
  return before === undefined || before.since === null ? before : { ...before, since: null };
}

/**
 * The facts that follow from the last vitals of the exposed instances; `control` tells shared trouble apart.
 */
export function vitalFacts(
  exposed: readonly Watched[],
  control: readonly Watched[],
  limits: FactLimits,
  now: number,
): HardFact[] {
  // R10: one that is not heard has not said that its probes pass.
  const passing = control.filter(
    ({ heardAt, vitals }) => vitals?.failedProbesInARow === 0 && now - heardAt <= limits.silentMs,
  );
  const controlPasses =
    passing.length > 0 &&
    control.every(({ vitals }) => (vitals?.failedProbesInARow ?? 0) < limits.failedProbes);
  const controlFailedAt = Math.max(...control.map(({ probes }) => probes?.at ?? Number.NEGATIVE_INFINITY));
  return exposed.flatMap(({ instance, heardAt, vitals, probes }): HardFact[] => {
    const forMs = now - heardAt;
    if (forMs > limits.silentMs) return [{ kind: 'silent', instance, forMs }];
    if (vitals === undefined) return [];
    const { stalledMs, overdue, overdueBudget, failedProbesInARow } = vitals;
    const facts: HardFact[] = [];
    if (stalledMs > limits.stalledMs) facts.push({ kind: 'stalled', instance, stalledMs });
    if (overdue > overdueBudget) facts.push({ kind: 'overdue', instance, overdue, budget: overdueBudget });
    const witnesses = controlFailedAt < (probes?.since ?? now) ? passing.length : 1;
    const enough = Math.max(limits.failedProbes, limits.failedProbesInTrouble / witnesses);
    if (failedProbesInARow >= enough && controlPasses) {
      facts.push({ kind: 'probes_failed', instance, inARow: failedProbesInARow });
    }
    return facts;
  });
}
