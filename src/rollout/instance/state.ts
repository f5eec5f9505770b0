import type { Release } from '../../config/release.ts';
import type { Envelope, Offer } from '../signed/envelope.ts';
import type { Lease, LeaseCaps, Proof, Renewal } from '../signed/lease.ts';
import type { Signed } from '../signed/signed.ts';
import { EMPTY_RING, type Ring } from './ring.ts';

/** What an instance keeps on disk. */
export interface Memory {
  readonly ring: Ring;
  /** The highest order taken up; nothing older is ever taken up again. */
  readonly order: number;
  /**
   * Rollouts that somebody had undone here, newest last; an offer that was long on its way revives none of
   * them.
   */
  readonly undoneRollouts: readonly string[];
  /**
   * Rollouts that this instance refused or left by itself, newest last: the last attempt at each. A later one
   * is tried.
   */
  readonly refusedRollouts: Readonly<Record<string, number>>;
  /** Boots begun and not come up since, by release hash. */
  readonly failedBoots: Readonly<Record<string, number>>;
}

export const NO_MEMORY: Memory = {
  ring: EMPTY_RING,
  order: 0,
  undoneRollouts: [],
  refusedRollouts: {},
  failedBoots: {},
};

/** A release on its way into this instance. `deadlineAt`: when the step it is in counts as failed (R1). */
export interface Step {
  readonly offer: Offer;
  readonly deadlineAt: number;
}

export type Phase =
  /** Nothing runs yet; left by `boot`. */
  | { at: 'down' }
  /** The process starts with a release of the ring, or the built-in one. */
  | { at: 'starting'; release: Release | null }
  /** Serves the proved-good release, and nothing else is going on. */
  | { at: 'steady' }
  /** Signatures, receipts, approvals and hash of an offer are being checked. */
  | { at: 'verifying'; envelope: Envelope; deadlineAt: number }
  /** A child process tries the release, and the way back. */
  | ({ at: 'tasting' } & Step)
  /** The live object is being swapped. */
  | ({ at: 'switching' } & Step & Warned)
  /** Serves the new release, on a lease; the proved-good one is kept warm. */
  | ({ at: 'lent'; offer: Offer; lease: Lease } & Warned)
  /** Proved: the ring is being written. The lease no longer runs out. */
  | ({ at: 'proving'; memory: Memory } & Step)
  /** Goes back; the only way out is to be back. */
  | { at: 'returning'; rollout: string | null; from: string; to: Release | null; deadlineAt: number };

export type At = Phase['at'];

export interface InstanceState {
  readonly memory: Memory;
  /** The proved-good release it serves or goes back to; `null`: what the service has built in. */
  readonly good: Release | null;
  readonly phase: Phase;
}

export const newInstance: InstanceState = { memory: NO_MEMORY, good: null, phase: { at: 'down' } };

export type InstanceEvent =
  /**
   * The process has started and read its memory from disk (`NO_MEMORY` when there is none, or it is broken).
   */
  | { type: 'boot'; memory: Memory }
  /** It serves. */
  | { type: 'up' }
  | { type: 'offered'; envelope: Envelope }
  | { type: 'verified'; offer: Offer }
  | { type: 'rejected'; order: number; cause: string }
  | ({ type: 'tasted'; order: number } & Warned)
  /** `key`: the value that does not work, where one can be named. */
  | { type: 'taste_failed'; order: number; key?: string; cause: string }
  | { type: 'switched'; hash: string | null }
  | { type: 'switch_failed'; hash: string | null; cause: string }
  /** A verified renewal. `sentAt`: when the beat it answers was sent. */
  | { type: 'renewed'; renewal: Renewal; sentAt: number }
  /**
   * A verified proof, and as it was signed. `outcomes`: requests and probes that ended here since the switch.
   */
  | { type: 'proved'; proof: Proof; signed?: Signed<Proof>; outcomes: number; epochMs: number }
  | { type: 'saved'; hash: string }
  | { type: 'save_failed'; hash: string; cause: string }
  /**
   * From control, the local socket, anybody: it needs no signature, because it leads only to what was proved
   * here. `from` is named always, so that a doubled undo undoes once. `to` null: the proved-good release
   * before it.
   */
  | { type: 'undo'; rollout: string | null; from: string; to: string | null }
  /** The process before this one ended with a rollout that was lent to it: this attempt at it is over. */
  | { type: 'gave_up'; rollout: string }
  /**
   * A value of the release was really used and does not work. `unchanged`: the proved-good release has it
   * too, and all that stands beside it.
   */
  | { type: 'value_failed'; hash: string; key?: string; cause: string; unchanged?: boolean }
  /** Time has passed; sent several times a second. */
  | { type: 'tick' };

export type InstanceEventType = InstanceEvent['type'];

/** What is to be done outside. Each is done in the order given; doing it twice does no harm. */
export type InstanceEffect =
  | { type: 'start'; release: Release | null }
  | { type: 'verify'; envelope: Envelope }
  | { type: 'taste'; order: number; release: Release; wayBack: Release | null }
  | { type: 'switch'; to: Release | null }
  /** Write the memory to disk; `saved` is awaited where `hash` is given. */
  | { type: 'save'; memory: Memory; hash?: string }
  /** The way back within the process is blocked: end it; the next boot takes the proved-good release. */
  | { type: 'restart' }
  | { type: 'tell'; message: InstanceMessage };

/** Why a release is refused; `key`: the value of it that does not work, where one can be named. */
export interface Reason {
  readonly key?: string;
  readonly cause: string;
}

/**
 * A value that does not work, and that the release did not change: shown to people, no reason to refuse it.
 */
export interface Warning {
  readonly key: string;
  readonly cause: string;
}

/** What the taste of a release has to say beside that it may be served with. */
export interface Warned {
  readonly warnings?: Warning[];
}

/** What is reported to control. */
export type InstanceMessage =
  | { type: 'booted'; hash: string | null; passedOver: string[] }
  | ({ type: 'taken'; rollout: string; hash: string; wayBack: string | null } & Warned)
  /** NACK. `late`: after it was taken. `because`: it was not even tried. */
  | ({ type: 'refused'; rollout: string | null; hash: string; late: boolean; because?: Untried } & Reason)
  | { type: 'lease_lost'; rollout: string; hash: string }
  | { type: 'back'; rollout: string | null; from: string; hash: string | null }
  | { type: 'not_proved'; rollout: string; cause: string }
  | { type: 'in_ring'; rollout: string; hash: string };

/**
 * Why an offer was not tried: it is overtaken by a newer order; somebody had its rollout undone here; or so
 * many attempts at it were refused here. What control does about each: `rollout/machine/offer-again.ts`.
 */
export type Untried =
  | { readonly what: 'old_order'; readonly order: number }
  | { readonly what: 'undone_here' }
  | { readonly what: 'refused_here'; readonly attempt: number };

export interface Stepped {
  state: InstanceState;
  effects: InstanceEffect[];
}

export function stay(state: InstanceState, ...effects: InstanceEffect[]): Stepped {
  return { state, effects };
}

export function tell(message: InstanceMessage): InstanceEffect {
  return { type: 'tell', message };
}

/** How long each step may take before it counts as failed, in ms, and the longest leases. */
export interface InstanceLimits extends LeaseCaps {
  readonly verifyMs: number;
  readonly tasteMs: number;
  readonly switchMs: number;
  readonly saveMs: number;
}

export const defaultInstanceLimits: InstanceLimits = {
  verifyMs: 2_000,
  tasteMs: 15_000,
  switchMs: 2_000,
  saveMs: 5_000,
  maxLeaseMs: 60_000,
  maxBreakGlassLeaseMs: 5_000,
};
