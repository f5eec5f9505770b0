import type { JsonObject } from '../../config/canonical.ts';
import type { ConfigKind } from '../../config/check/check.ts';
import type { Release } from '../../config/release.ts';
import type { Log } from '../../platform/log.ts';
import type { step } from '../../rollout/instance/instance.ts';
import type { InstanceLimits, Memory } from '../../rollout/instance/state.ts';
import type { NumberedMessage } from '../../rollout/protocol.ts';
import type { Envelope, OfferChecked, Terms } from '../../rollout/signed/envelope.ts';
import type { TrustedKey, Verify } from '../../rollout/signed/signed.ts';
import type { LastWill } from '../disk/last-will.ts';
import type { Written } from '../disk/newest.ts';
import type { Outbox } from '../disk/report-outbox.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { Demands, ReceiptIssue } from '../options.ts';
import type { LiveSwitch, Serving } from '../switch/live.ts';
import type { Switching } from '../switch/switching.ts';
import type { Tasted } from '../taster/taste.ts';
import type { CounterWriter } from '../thread/counters.ts';
import type { createReceipts } from './receipts.ts';

/** Who the instance is, and what it insists on. */
export interface ShellOptions {
  readonly kind: Pick<ConfigKind, 'id' | 'service' | 'environments' | 'switches'>;
  readonly environment: string;
  readonly instance: string;
  /** Read each time something is checked: keys may come after this process has started. */
  readonly keys: () => readonly TrustedKey[];
  readonly demands: Partial<Demands> | undefined;
  /** What it serves with before any release was proved here. */
  readonly defaults: JsonObject;
  readonly receipts: ReceiptIssue | undefined;
  readonly limits: InstanceLimits;
}

/**
 * What the shell asks of the ground it stands on: timers, files, threads and the service's own code in a real
 * process; simulated ones in the simulator. Nothing here may be slow: what takes time calls back, and calls
 * back as long as the process lives.
 */
export interface ShellPorts {
  readonly clock: ShellClock;
  readonly disk: ShellDisk;
  /** R2: checks an offer. It may call back at once. */
  readonly verify: (
    envelope: Envelope,
    terms: Terms,
    epochMs: number,
    done: (result: OfferChecked) => void,
  ) => void;
  /** How a signature under a renewal or a proof is checked. */
  readonly signature: Verify;
  /** R4: tries a release, and the way back. The result calls it off. */
  readonly taste: (tried: Tried, done: (tasted: Tasted) => void) => () => void;
  readonly link: ShellLink;
  readonly serve: Serve;
  readonly counters: CounterWriter;
  /** The decisions (`rollout/instance/instance.ts`). */
  readonly step: typeof step;
  /** When a testing instance signs (`receipts.ts`). */
  readonly receipts: typeof createReceipts;
  /** The way back within the process hangs: end it in order. */
  readonly restart: () => void;
  readonly log: Pick<Log, 'info' | 'warn' | 'error' | 'fatal'>;
}

export interface ShellClock {
  /** Monotonic, ms. */
  now(): number;
  /** ms since the epoch. */
  epoch(): number;
  after(ms: number, happen: () => void): { cancel(): void };
}

export interface ShellDisk {
  /** As it was read when the process started. */
  readonly memory: Memory;
  /** What the process before this one left behind. */
  readonly will: LastWill | undefined;
  readonly outbox: Outbox;
  /** Is given one memory after the other, never two at once. */
  save(memory: Memory, done: Written): void;
  removeWill(done: Written): void;
}

export interface Tried {
  readonly purpose: 'release' | 'switch';
  readonly release: Release;
  readonly wayBack: Release | null;
}

export interface ShellLink {
  view(view: InstanceView): void;
  tell(message: NumberedMessage): void;
}

/** Swaps what the service serves with. */
export type Serve = Switching &
  Pick<LiveSwitch<unknown, unknown>, 'stretches' | 'settle'> & {
    readonly current: Pick<Serving<JsonObject, unknown>, 'hash' | 'stretch' | 'document'> | undefined;
  };
