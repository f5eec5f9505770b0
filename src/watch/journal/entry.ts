/**
 * A fact of the watch's journal, as it is written down. The journal is one file, append only, each line
 * chained to the one before by its hash; alarms, incidents, the timeline, the report and the status page are
 * views of it. What control has in its own journal is copied here while control answers (`origin`), so that
 * one order of all facts is there also when control is not.
 */
export interface Entry {
  /** When it happened, ms since 1970 in UTC; of a copied fact: as its own journal says. */
  readonly at: number;
  readonly source: Source;
  /** What happened, in the form `noun.verb`: `alarm.raised`, `release.pushed`, `status.posted`. */
  readonly kind: string;
  /** What it happened to: a component, an instance, a release, an alarm. */
  readonly subject: string;
  /** Who did it, where a person did. */
  readonly actor?: string;
  /** In words, one sentence, for a person who reads the timeline. */
  readonly text?: string;
  readonly before?: Json;
  readonly after?: Json;
  readonly data?: Readonly<Record<string, Json>>;
  /** Where the proof is: an address, or a command that shows it. */
  readonly evidence?: string;
  readonly ids?: Ids;
  readonly origin?: Origin;
}

/** An entry as it stands in the file. */
export interface Written extends Entry {
  /** From 1, without a gap. */
  readonly sequence: number;
  /** Hash of the line before; 64 zeros in the first. */
  readonly previous: string;
  /** SHA-256 in hexadecimal of the canonical form of everything else in the line. */
  readonly hash: string;
}

export const SOURCES = [
  'config',
  'rollout',
  'detector',
  'probe',
  'alarm',
  'person',
  'status',
  'restart',
  'watch',
] as const;
export type Source = (typeof SOURCES)[number];

/** What belongs together. */
export interface Ids {
  readonly rollout?: string;
  readonly release?: string;
  readonly incident?: string;
  readonly alarm?: string;
}

/** The row of control's journal that an entry is a copy of. */
export interface Origin {
  readonly journal: 'control';
  readonly sequence: number;
  readonly hash: string;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
