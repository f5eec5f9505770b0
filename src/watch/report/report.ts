import type { Exact, Impact, Phase } from '../incident/incident.ts';
import type { Duration, Instant } from '../incident/instants.ts';
import type { Suspect } from '../incident/suspects.ts';
import type { Row } from '../incident/timeline.ts';

/**
 * The report of an incident, in the order in which it is read. The machine drafts all of it; people change
 * the words (`Words`) and never a time: those are the journal's.
 */
export interface Report {
  readonly incident: string;
  readonly title: string;
  readonly phase: Phase;
  readonly severity: Impact;
  /** When it was drafted, ms since 1970. */
  readonly draftedAt: number;
  readonly words: Words;
  readonly timeline: readonly Row[];
  readonly instants: readonly Instant[];
  readonly durations: readonly Duration[];
  readonly suspects: readonly Suspect[];
  readonly measures: readonly Measure[];
  readonly impact: ImpactFigures;
  /** Sequence and hash of the newest entry that it was drafted from. */
  readonly journal: { readonly sequence: number; readonly hash: string };
}

/** What people may change. Measures are a list, one a line: `- text [test: name of the test]`. */
export interface Words {
  readonly summary: string;
  readonly rootCause: string;
  readonly resolution: string;
  readonly measures: string;
}

export interface Measure {
  readonly text: string;
  /** The test that keeps it; `null`: none is named yet. */
  readonly test: string | null;
}

export interface ImpactFigures {
  readonly requests: number;
  readonly failed: number;
  readonly peak: number;
  readonly exact: Exact | null;
  readonly components: readonly {
    readonly component: string;
    readonly worst: string;
    readonly from: number;
    readonly to: number | null;
    /** In the stretch from its first to its last trouble. */
    readonly downMs: number;
  }[];
}
