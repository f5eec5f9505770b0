import type { Severity } from '../detect/reading.ts';
import type { Entry } from '../journal/entry.ts';

/**
 * An incident as it is kept. All of it follows from the journal (`apply.ts`): a process that reads the
 * journal again knows the same. Instants are ms since 1970.
 */
export interface Incident {
  readonly id: string;
  readonly title: string;
  readonly phase: Phase;
  readonly impact: Impact;
  /** The first bad thing that any of its alarms counts. */
  readonly onset: number;
  readonly openedAt: number;
  /** Since when none of its alarms is open; `null`: one is. */
  readonly clearSince: number | null;
  readonly resolvedAt: number | null;
  /** Who has taken over. From then on the machine reminds, and does not end it. */
  readonly taken: { readonly by: string; readonly at: number } | null;
  /** What was affected when. */
  readonly intervals: readonly Interval[];
  readonly counted: Counted;
  /** From the books; `null` until these were asked. */
  readonly exact: Exact | null;
  /** Published, the oldest first. */
  readonly updates: readonly Update[];
  /** When the next update was promised for. */
  readonly nextUpdateAt: number | null;
  readonly reminded: boolean;
}

/** The words of Statuspage, which every client knows. */
export const PHASES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type Phase = (typeof PHASES)[number];
export const IMPACTS = ['none', 'minor', 'major', 'critical'] as const;
export type Impact = (typeof IMPACTS)[number];

export interface Interval {
  readonly component: string;
  readonly state: string;
  readonly from: number;
  /** `null`: it goes on. */
  readonly to: number | null;
}

/** What was measured from its onset on. */
export interface Counted {
  readonly failed: number;
  readonly all: number;
  /** The largest share that failed in one counted stretch. */
  readonly peak: number;
  /** Up to when, by component: a stretch that comes twice is counted once. */
  readonly upTo: Readonly<Record<string, number>>;
}

export interface Exact {
  readonly failedPayments: number;
  /** Decimal digits: whole cents do not fit a JSON number. */
  readonly amountCents: string;
  readonly merchants: number;
}

export interface Update {
  readonly at: number;
  readonly phase: Phase;
  readonly text: string;
  /** A person; `null`: the machine. */
  readonly by: string | null;
  readonly nextAt: number | null;
}

/** An alarm as far as incidents need it. */
export interface Alarm {
  readonly id: string;
  readonly subject: string;
  readonly symptom: string;
  readonly severity: Severity;
  readonly release: string | null;
  readonly onset: number;
  readonly open: boolean;
  readonly incident: string | null;
  readonly evidence: string;
}

export interface IncidentState {
  readonly incidents: Readonly<Record<string, Incident>>;
  readonly alarms: Readonly<Record<string, Alarm>>;
  /** What was measured lately: an incident that opens takes what is since its onset. */
  readonly measured: readonly Entry[];
}

export const noIncidents: IncidentState = { incidents: {}, alarms: {}, measured: [] };

/**
 * - `alarmed`: an alarm is raised, or raised again.
 * - `blamed`: a change is being undone, or instances restarted: the cause is thought to be known.
 * - `recovered`: none of its alarms is open.
 * - `cleared`: so for five minutes, all components operational, and no person has taken over.
 */
export type Cause = 'alarmed' | 'blamed' | 'recovered' | 'cleared';

/** `null`: it stays. A person's word leads from any phase to any other. */
export const TRANSITIONS: Readonly<Record<Phase, Readonly<Record<Cause, Phase | null>>>> = {
  investigating: { alarmed: null, blamed: 'identified', recovered: 'monitoring', cleared: null },
  identified: { alarmed: null, blamed: null, recovered: 'monitoring', cleared: null },
  monitoring: { alarmed: 'investigating', blamed: null, recovered: null, cleared: 'resolved' },
  resolved: { alarmed: null, blamed: null, recovered: null, cleared: null },
};
