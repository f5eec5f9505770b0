/** A release by its names; all `null`: what the service has built in. */
export interface InForce {
  readonly rollout: string | null;
  readonly release: number | null;
  readonly hash: string | null;
}

/** Something that speaks against the release in force; bounded: one of a kind, and there are few kinds. */
export interface Alarm {
  readonly kind: string;
  readonly since: number;
  /** When its cause was seen last. */
  readonly seenAt: number;
  /** What is seen, in figures. */
  readonly what: string;
  /** Where, the first few; none where it is the whole fleet. */
  readonly instances: readonly string[];
}

export interface Cleared extends Alarm {
  readonly because: string;
}
