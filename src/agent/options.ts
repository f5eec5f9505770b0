import type { Static, TSchema } from 'typebox';
import type { ConfigKind } from '../config/check/check.ts';
import type { Path } from '../config/path.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { InstanceLimits } from '../rollout/instance/state.ts';
import type { ReceiptRule } from '../rollout/signed/receipt.ts';
import type { Signer, TrustedKey } from '../rollout/signed/signed.ts';
import type { From } from './endings/crowd.ts';
import type { ControlAddress } from './link/transport.ts';
import type { Serving } from './switch/live.ts';
import type { TasterSettings } from './taster/taste.ts';
import type { Outcome } from './thread/counters.ts';

/**
 * What an instance insists on before it takes a release; part of the installation, never of the
 * configuration.
 */
export interface Demands {
  /** R2. By default one receipt from `testing`; `null`, and the default, in `testing` itself. */
  readonly receipts: ReceiptRule | null;
  /** People other than the author who must have approved: 1 by default, 0 in `testing`. */
  readonly people: number;
  /** By how much clocks of different machines may differ; 5,000 by default. */
  readonly clockSkewMs: number;
}

/**
 * What a testing instance signs receipts with, after how many synthetic payments that went through, and for
 * how long each counts. What is in force is signed again in the middle of that time.
 */
export interface ReceiptIssue {
  readonly signer: Signer;
  readonly payments: number;
  readonly validMs: number;
}

export interface AgentOptions<Schema extends TSchema, Live> {
  /** The service's kind of configuration: its name, schema, checks, environments. */
  readonly schema: ConfigKind<Schema>;
  readonly environment: string;
  /** Unique within service and environment, and the same after a restart. */
  readonly instance: string;
  /** What fails together: a zone, a rack, a machine. */
  readonly cell?: string;
  /**
   * How many instances share this control, about: the more, the more slowly each comes back when all lost it;
   * 1 by default.
   */
  readonly fleetSize?: number;
  /** For this instance alone, on a disk that survives restarts. */
  readonly directory: string;
  /** `trustedKeys` is read each time something is believed, so it may be a getter. */
  readonly control: ControlAddress & { readonly trustedKeys: readonly TrustedKey[] };
  readonly demands?: Partial<Demands>;
  /** The module that tries a document, and the caps on its process. */
  readonly taste: Pick<TasterSettings, 'module'> & Partial<TasterSettings>;
  /**
   * Builds what the service serves with: called after the taste, in this process, beside the one that serves.
   * Must finish within `limits.switchMs`, and leave nothing behind when `signal` aborts.
   */
  apply(document: Static<Schema>, signal: AbortSignal): Live | Promise<Live>;
  /** A live object that nobody gets any more; requests that began with it may still be under way. */
  retire?(live: Live): void;
  /** What it serves with before any release was proved here, as this environment sees it. */
  readonly defaults: Static<Schema>;
  readonly receipts?: ReceiptIssue;
  /**
   * What is counted beside outcomes, by class (`request`, `result` …) the names of its kinds: see
   * `recordEnding`. What is not in the list is counted as `other`. At most 64 names in all.
   */
  readonly endings?: Readonly<Record<string, readonly string[]>>;
  /** The way back within the process hangs: end it in order; SIGTERM to itself by default. */
  restart?(): void;
  readonly limits?: Partial<InstanceLimits>;
  /** An event loop that stands still for so long, while it has to go back, is ended; 2,000 by default. */
  readonly blockedMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AgentStatus {
  readonly phase: string;
  readonly running: string | null;
  readonly good: string | null;
  /**
   * Whether a change is under way, here or elsewhere in the service: what is measured now is compared with
   * before.
   */
  readonly changing: boolean;
  /** In testing: a receipt waits for synthetic payments with what is served with. */
  readonly receiptDue: boolean;
  /** What is lent only switches off what was served: a part of a payment tries it. */
  readonly brief: boolean;
  /** Whether the last exchange of each kind with control went well. */
  readonly connected: { readonly stream: boolean; readonly report: boolean };
}

export interface Agent<Schema extends TSchema, Live> {
  /** What to serve with at this moment: ask for each request, and keep it for the length of the request. */
  current(): Serving<Static<Schema>, Live>;
  /** The service serves. Until then a boot counts as failed (R9), and nothing new is taken. */
  ready(): void;
  /** How a request ended; at its deadline at the latest (R1). `of`: what it began with. */
  recordOutcome(outcome: Outcome, of?: Serving<Static<Schema>, Live>): void;
  /**
   * How something ended that is no failure of this service and is felt all the same: a refused request, a
   * payment's result, a callback. `kind`: left out where it ended as was asked for. The gate compares the
   * rate of each kind; `from` sees to it that a single caller cannot make one.
   */
  recordEnding(ending: { of: string; kind?: string }, from: From, of?: Serving<Static<Schema>, Live>): void;
  /**
   * The same as `recordOutcome` for a synthetic one; `fault`: what it met with, for people, without secrets.
   */
  recordProbe(outcome: Outcome, of?: Serving<Static<Schema>, Live>, fault?: string): void;
  /** Requests in flight past their deadline, and how many the pool can bear. */
  reportOverdue(count: number, budget: number): void;
  /**
   * Late NACK (R4): a value was really used and does not work. A lent release that changed it, or anything in
   * its section (the first step of the path), is left; otherwise an alarm says so. `cause`: for people,
   * without secrets.
   */
  valueFailed(path: Path, cause: string, of?: Serving<Static<Schema>, Live>): void;
  status(): AgentStatus;
  close(): Promise<void>;
}
