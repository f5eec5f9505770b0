import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { AfterProof } from '../../rollout/alarm/after-proof.ts';
import type { Freeze } from '../../rollout/machine/state.ts';
import type { TrustedKey, Verify } from '../../rollout/signed/signed.ts';
import type { InstanceClaim, InstanceRegistry } from '../agents/registry.ts';
import type { Streams } from '../agents/streams.ts';
import type { Adopting } from '../agreement/adopt.ts';
import type { StoredJudgement } from '../alarms/store.ts';
import type { ControlSettings } from '../settings.ts';
import type { Ordered } from '../store/assignments.ts';
import type { Command } from '../store/commands.ts';
import type { Acknowledgement } from '../store/instances.ts';
import type { Fate, Served, StoredRollout } from '../store/rollouts.ts';
import type { Election } from './election.ts';
import type { OfferedRelease, SignedEvents } from './signed-events.ts';
import type { Decided, decide } from './turn/decide.ts';

/**
 * What a leader needs of the world: a store, clocks, streams to instances, and signatures. `control.ts` gives
 * it PostgreSQL, the machine's clocks and the agents' streams; the simulator gives it others, and drives the
 * same leader.
 */
export interface LeaderPorts {
  /** Of this process; unlike every other's. */
  readonly name: string;
  readonly store: LeaderStore;
  readonly election: Pick<Election, 'term' | 'leader'>;
  readonly registry: InstanceRegistry;
  readonly streams: Pick<Streams, 'send' | 'endAll'>;
  readonly signedEvents: SignedEvents;
  readonly keys: () => readonly TrustedKey[];
  /** Whom control believes about one service. */
  readonly keysOf: (service: string) => readonly TrustedKey[];
  readonly verify: Verify;
  readonly settings: () => ControlSettings;
  readonly clock: Clock;
  /** Monotonic, ms. */
  readonly elapsedMs: () => number;
  readonly decide: typeof decide;
  readonly log: Pick<Log, 'info' | 'warn' | 'debug'>;
}

/**
 * What the leader asks of its store. Each rejects when the store does not answer in its time; what it was
 * asked may be done all the same. `sql/leader-store.ts` keeps it in PostgreSQL; `sim/parts/control/store.ts`
 * in memory, and one test holds both to the same.
 */
export interface LeaderStore {
  /** The highest order that was given out. It grows, unless the store was put back to an older state. */
  highestOrder(): Promise<number>;
  /** Not done yet, oldest first. */
  openCommands(): Promise<readonly Command[]>;
  /** One whose id is there already is left as it is. */
  keepCommand(command: Command, now: number): Promise<void>;
  /** Those that hold now or will. */
  freezes(now: number): Promise<readonly Freeze[]>;
  /** What the leader before left, beside the rollouts. */
  takeOver(since: { readonly endedSince: number }): Promise<Legacy>;
  /** `served`: releases that somebody serves with. */
  rollouts(served: readonly Served[]): Promise<StoredRollouts>;
  findRollout(id: string): Promise<StoredRollout | undefined>;
  /** `null`: its release was not written by control. */
  offered(rollout: StoredRollout, now: number): Promise<OfferedRelease | null>;
  /**
   * One transaction: state, proofs, what is wanted of each instance, what people are answered, and the
   * journal of it all. Resolves to what was assigned. Rejects with `Deposed` or `StaleRollout` when
   * somebody else leads, and has written nothing then.
   */
  commit(decision: Decision): Promise<readonly Ordered[]>;
  /** Rejects with `Deposed` when somebody else leads. */
  keepJudgement(fence: number, judgement: { service: string; state: AfterProof; now: number }): Promise<void>;
}

export interface Legacy {
  readonly acknowledged: readonly Acknowledgement[];
  /** How many instances were there when the last was heard. */
  readonly expected: number;
  /** The last order for each instance. */
  readonly words: readonly Ordered[];
  /** Rollouts that went back to their end since then, newest first. */
  readonly ended: readonly StoredRollout[];
  /** How the release in force is judged, by service. */
  readonly judgements: ReadonlyMap<string, StoredJudgement>;
}

export interface StoredRollouts {
  /** What the leader has to step; see `activeRollouts`. */
  readonly active: readonly StoredRollout[];
  /** Those of all services whose release is in force. */
  readonly inForce: readonly StoredRollout[];
  /** Of what is served, the releases that the store has, by hash. */
  readonly fates: ReadonlyMap<string, Fate>;
}

/** Everything one turn of the leader decided about one service. */
export interface Decision extends Pick<Decided, 'steps' | 'commands' | 'approvals' | 'receipts' | 'notes'> {
  readonly fence: number;
  readonly leader: string;
  readonly now: number;
  readonly claims: readonly InstanceClaim[];
  readonly heard: readonly Acknowledgement[];
  readonly raiseTo: number | null;
  readonly adopting: Adopting | null;
  readonly judgement: {
    readonly service: string;
    readonly judged: Decided['judged'];
    readonly before: AfterProof | undefined;
  };
}
