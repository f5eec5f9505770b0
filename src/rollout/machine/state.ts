import type { Endings } from '../gate/endings.ts';
import type { HardFact, ProbeFailures, Vitals } from '../gate/facts.ts';
import type { GatePolicy, GateState, Outcomes } from '../gate/gate.ts';
import type { Tally } from '../gate/share.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { InstanceMessage, Warning } from '../instance/state.ts';
import type { Member, Traffic, Wave, WavePolicy } from '../plan/waves.ts';

export interface RolloutPolicy {
  readonly waves: WavePolicy;
  readonly gate: GatePolicy;
  /** Approvals by different people, the author not counted. */
  readonly people: number;
  /** Every wave waits for a person's confirmation as well as for evidence. */
  readonly confirmWaves: boolean;
  /** For all testing instances to sign their receipts. */
  readonly testMs: number;
  /** For an instance to take an offer: verification, taste and switch. */
  readonly takeMs: number;
  /** For people and freezes; a rollout is never left waiting for ever (R1). */
  readonly patienceMs: number;
  /** After this an unanswered offer, proof or undo is sent again. */
  readonly repeatMs: number;
  /** How long a window of outcomes waits for the slowest instance. */
  readonly windowMs: number;
}

/** No wave opens from `from` until `to`, ms since the epoch. What goes back is not asked about freezes. */
export interface Freeze {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** What an instance has of this release, as far as control knows. */
export interface Progress {
  readonly environment: 'testing' | 'target';
  readonly cell: string;
  readonly has: 'old' | 'offered' | 'lent' | 'proving' | 'proved' | 'back' | 'gone';
  /** When it was last sent an offer, proof or undo. */
  readonly sentAt: number;
  /** When its lease was last offered or renewed, and for how long. */
  readonly lentAt: number;
  readonly lentMs: number;
  /** When it was heard last, or was offered the release if it has not been heard since. */
  readonly heardAt: number;
  /**
   * Control changed hands then, and `heardAt` was set to it: until it grows, the leader has not heard the
   * instance itself.
   */
  readonly assumedAt?: number;
  /**
   * Highest number of its claims about itself, and of its reports; what has a lower one is late or doubled.
   */
  readonly seq: number;
  readonly reportSeq: number;
  readonly vitals?: Vitals;
  readonly probes?: ProbeFailures;
  /** How often it was started again and did not have the release any more. */
  readonly crashes?: number;
  /**
   * Of the proved release: see `machine/offer-again.ts`. How often in a row it would not have it, or went
   * back from it.
   */
  readonly refusals?: number;
  /** The last attempt that failed; its next offer carries the number after it. */
  readonly attempt?: number;
  /** When it is offered the release again; `null`: not by itself. */
  readonly againAt?: number | null;
  /** It could not boot with the release twice (R9). */
  readonly bootFailed?: boolean;
  /** Why it has not the release, for people. */
  readonly why?: string;
  /** What did not work there when it took the release, and was no reason to refuse it. */
  readonly warnings?: readonly Warning[];
  /**
   * When a lease that nobody renews has run out for certain; `null`: the lease is permanent, or there is
   * none.
   */
  readonly leaseUntil: number | null;
}

export type RolloutPhase =
  /** Written down; nothing was sent anywhere. */
  | { at: 'draft' }
  /** Every testing instance has been offered it. */
  | { at: 'testing'; deadlineAt: number }
  /** Tested; people are asked, for the release and for its way back together. */
  | { at: 'awaiting_approval'; deadlineAt: number }
  /**
   * Only a freeze, or a missing confirmation of a person, keeps the next wave from opening. What has the
   * release keeps it, and is watched.
   */
  | { at: 'waiting'; next: number; confirmed: boolean; deadlineAt: number; opened: Opened | null }
  /**
   * One instance, then shares. `since`: when the last instance of the wave had taken it; evidence counts from
   * there.
   */
  | ({ at: 'wave' } & Opened)
  /** Everybody but the hold-back. */
  | ({ at: 'bake' } & Opened)
  /** The hold-back gets it last, compared with those it is proved on. */
  | ({ at: 'rest' } & Opened)
  /** Decided. An instance that is late, or joins, is brought up to it. */
  | { at: 'proved' }
  /** Every instance that may have it is ordered to go back, again and again. */
  | { at: 'rolling_back'; reason: string }
  | { at: 'rolled_back'; reason: string }
  /** Ended before anything was sent. */
  | { at: 'aborted'; reason: string };

export interface Opened {
  readonly wave: number;
  readonly openedAt: number;
  readonly since: number | null;
}

export type RolloutAt = RolloutPhase['at'];

/** A sign of life, four times a second; many come in one event. `hash`: what it serves with. */
export interface Beat {
  readonly instance: string;
  readonly seq: number;
  readonly beat: number;
  readonly hash: string | null;
  readonly vitals: Vitals;
}

/** Outcomes that one instance counted since its last report, all with the same release. */
export interface Report {
  readonly instance: string;
  readonly seq: number;
  readonly hash: string | null;
  readonly live: Outcomes;
  readonly probes: Outcomes;
  readonly endings?: Endings;
}

/** What an instance did in the two minutes before the first wave. */
export interface Before extends Tally {
  /** For how long it was seen with the release that it serves with; an earlier version did not say. */
  readonly ms?: number;
  readonly endings?: Endings;
}

/** One release on its way through one service's environments. Plain JSON: the next leader goes on with it. */
export interface RolloutState {
  readonly id: string;
  readonly hash: string;
  /** Where undo leads; `null`: what the service has built in. */
  readonly undoTo: string | null;
  readonly author: string;
  readonly policy: RolloutPolicy;
  /** What it switches off, when it does nothing else: it goes the short way (`plan/switch-policy.ts`). */
  readonly switches?: readonly string[];
  readonly phase: RolloutPhase;
  readonly instances: Readonly<Record<string, Progress>>;
  readonly traffic: Traffic;
  /** Outcomes of the two minutes before the first wave, by instance. */
  readonly baseline: Readonly<Record<string, Before>>;
  /** Testing instances that signed. */
  readonly receipts: readonly string[];
  readonly approvals: readonly { person: string; breakGlass: boolean }[];
  readonly breakGlass: boolean;
  readonly freezes: readonly Freeze[];
  readonly waves: readonly Wave[];
  readonly gate: GateState | null;
  /** Reports of the window that is not closed yet, and when it began. */
  readonly pending: readonly Report[];
  readonly pendingSince: number;
  readonly verdict: Verdict | null;
}

export type RolloutEvent =
  /** `hindrance`: why it cannot begin now. */
  | {
      type: 'submit';
      testing: readonly Member[];
      target: readonly Member[];
      traffic: Traffic;
      hindrance?: string;
    }
  /** Fresh measurements from before the push; what comes after the first wave has opened is not "before". */
  | { type: 'baseline'; tallies: Readonly<Record<string, Before>>; traffic: Traffic }
  /** A verified receipt. */
  | { type: 'receipt'; instance: string; passed: boolean; cause: string }
  | { type: 'approve'; person: string; breakGlass: boolean }
  | { type: 'reject'; person: string; reason: string }
  /** A person lets the next wave open; evidence is needed all the same. */
  | { type: 'confirm'; person: string }
  | { type: 'freeze'; freezes: readonly Freeze[] }
  | { type: 'joined'; member: Member; environment: 'testing' | 'target' }
  /** `planned`: drained on purpose. Otherwise it died. */
  | { type: 'left'; instance: string; planned: boolean }
  | { type: 'claimed'; instance: string; seq: number; message: InstanceMessage }
  | { type: 'beats'; beats: readonly Beat[] }
  | { type: 'outcomes'; reports: readonly Report[] }
  /** Another control process leads from here: its predecessor's silence is not the instances'. */
  | { type: 'resume' }
  | { type: 'undo'; by: string; reason: string }
  /** A person asks that instances without the release in force are offered it again now. */
  | { type: 'again' }
  | { type: 'tick' };

export type RolloutEventType = RolloutEvent['type'];

/** What is to be done outside; doing it twice does no harm. */
export type RolloutEffect =
  | { type: 'offer'; instance: string; leaseMs: number; breakGlass: boolean; attempt: number }
  | { type: 'renew'; instance: string; beat: number; leaseMs: number }
  | { type: 'prove'; instance: string }
  | { type: 'undo'; instance: string; from: string; to: string | null }
  /** To the sender of the event. */
  | { type: 'refuse'; reason: string }
  | { type: 'journal'; entry: JournalEntry };

export type JournalEntry =
  | { what: 'phase'; from: RolloutAt; to: RolloutAt; wave: number | null; reason: string }
  | { what: 'verdict'; verdict: Verdict }
  | { what: 'approval'; person: string; breakGlass: boolean }
  | { what: 'undo'; by: string; reason: string }
  /** A fact that does not undo, because the release is proved: for people to look at. */
  | { what: 'fact'; fact: HardFact }
  | { what: 'back_by_lease'; instance: string };

export interface Decided {
  state: RolloutState;
  effects: RolloutEffect[];
}
