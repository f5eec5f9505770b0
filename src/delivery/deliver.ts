import type { Registry } from 'prom-client';
import type { LogFields } from '../platform/bounded-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { Deadline, within } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { watchEventLoop } from '../platform/loop/event-loop.ts';
import { type Loop, type Ran, repeat } from '../platform/loop/repeat.ts';
import { type Attempted, createAttempt } from './attempt/attempt.ts';
import { KeptConnections } from './attempt/kept.ts';
import { hostOf } from './attempt/target.ts';
import {
  type ClaimedCallback,
  claimCallbacks,
  dueHosts,
  giveUpClaims,
  oldestPendingDueAt,
  recordAttempts,
} from './outbox/claims.ts';
import type { Claim, Handover } from './outbox/handover.ts';
import { deliveryMetrics } from './outcome/metrics.ts';
import { Recorder } from './outcome/recorder.ts';
import type { DeliverySettings } from './settings.ts';
import { Ahead } from './slots/ahead.ts';
import { Pace } from './slots/pace.ts';
import { Shares } from './slots/shares.ts';
import type { Callback } from './types.ts';

export interface Delivery extends Handover {
  /** Delivers until `close`; resolves then. Rejects with `CannotRecord` when it cannot go on. */
  run(): Promise<void>;
  /** A hint that callbacks were committed: saves them the wait for the next poll. */
  wake(): void;
  /**
   * Claims and begins nothing more, and resolves when all in flight has ended (one attempt's timeout at most)
   * and is recorded (as long as the database takes: a caller in haste puts a deadline around it; what is cut
   * off is sent again).
   */
  close(): Promise<void>;
}

export interface DeliveryOptions {
  database: Database;
  settings: () => DeliverySettings;
  clock: Clock;
  log: Log;
  registry: Registry;
  /** Called once for each attempt, when it is known how it ended. */
  onAttempted?: (attempt: Attempted) => void;
  /** What the log says of a callback: of the payment it tells. */
  about?: (callback: ClaimedCallback) => LogFields;
  /** In [0, 1), for the jitter of the schedule. */
  random?: () => number;
}

/**
 * A claim outlives its attempts by this much, so that no other worker takes a callback while it is being
 * sent.
 */
const CLAIM_MARGIN_MS = 5_000;
/** From the claim's query to its first byte; later than this the claim is left to lapse. */
const START_MARGIN_MS = 3_000;
/** A transaction that writes claimed callbacks has ended by then, or its commit is not heard of. */
const WRITTEN_MS = 10_000;
const DATABASE_TIMEOUT_MS = 5_000;
const AGE_SAMPLE_MS = 2_000;
const PACE_EVERY_MS = 250;

/**
 * The worker's loop: claim what is due and has a slot, or will soon have one (`Ahead`); send it; record how
 * it ended. A slot is free when its attempt has ended, not when that is recorded: outcomes are written
 * together, and while as many as there are slots are not written yet, nothing begins. The database is the
 * queue and the truth; `wake` is a hint. At least once: a callback whose outcome was not recorded is sent
 * again when its claim lapses; one whose 2xx was recorded never is.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { database, clock, log, random = Math.random } = options;
  const pace = new Pace();
  const settings = (): DeliverySettings => {
    const rules = options.settings();
    return { ...rules, ...pace.within(rules) };
  };
  const metrics = deliveryMetrics(options.registry);
  const shares = new Shares();
  const ahead = new Ahead(shares);
  const connections = new KeptConnections();
  /** Claimed and not yet recorded, or given up: not to be claimed again, should the claim lapse meanwhile. */
  const held = new Set<ClaimedCallback>();
  const inFlight = new Set<Promise<void>>();
  const recorder = new Recorder(
    (records) => inDatabase('recording callbacks', () => recordAttempts(database, records)),
    log,
    () => settings().maxConcurrent,
  );
  const deliver = createAttempt({
    clock,
    log,
    metrics,
    recorder,
    connections,
    pace,
    random,
    about: options.about,
    onAttempted: options.onAttempted,
  });
  let closing = false;
  /** Host after which the lap goes on, so that each has its turn when slots are few; `null`: a new lap. */
  let cursor: string | null = null;
  /**
   * This lap left due callbacks where they are, for want of slots: a slot that gets free is worth another.
   */
  let leftBehind = false;
  /** What is handed over is claimed by its being written, and once. */
  const handedOver = newId();
  let claiming: Loop<boolean> | undefined;
  let watching: Disposable | undefined;
  const closed = Promise.withResolvers<void>();
  let sampleAt = 0;

  /** Whether another step is due at once. */
  async function step(): Promise<boolean> {
    if (performance.now() >= sampleAt) {
      sampleAt = performance.now() + AGE_SAMPLE_MS;
      await sampleAge();
    }
    return claimStep(settings());
  }

  function waitMs(ran: Ran<boolean>): number {
    if (ran.ok && ran.value) return 0;
    if (!ran.ok) {
      metrics.oldestPendingAge(undefined);
      log.error({ err: ran.error }, 'callbacks not claimed; again at the next poll');
    }
    return settings().pollMs;
  }

  /**
   * One step of a lap over the hosts with due callbacks. True when another step is due at once; false at the
   * end of a lap that found nothing more to send, or when no slot is free.
   */
  async function claimStep(rules: DeliverySettings): Promise<boolean> {
    if (cursor === null) leftBehind = false;
    const free = shares.free(rules);
    if (free === 0) {
      leftBehind = true;
      return false;
    }
    const now = new Date(clock.now());
    const limit = rules.maxConcurrent;
    const hosts = await inDatabase('finding due callbacks', () => dueHosts(database, now, cursor, limit));
    cursor = hosts.length < limit ? null : (hosts.at(-1) ?? null);
    const allotments = ahead.allot(hosts, rules);
    leftBehind ||= allotments.length < hosts.length;
    if (allotments.length === 0) return cursor !== null;

    const startBy = Deadline.in(START_MARGIN_MS);
    const claimed = await inDatabase('claiming callbacks', () =>
      claimCallbacks(database, {
        allotments,
        now,
        claim: newId(),
        leaseMs: rules.attemptTimeoutMs + CLAIM_MARGIN_MS,
        except: Array.from(held, ({ id }) => id),
      }),
    );
    for (const callback of claimed) {
      held.add(callback);
      ahead.add(callback, startBy);
    }
    begin();
    return claimed.length > 0 || cursor !== null;
  }

  /**
   * Begins what has a slot. A process that was stopped meanwhile may have lost its claims to another: it
   * begins none of those.
   */
  function begin(): void {
    if (closing) return;
    const rules = settings();
    void giveUp(ahead.takeLate());
    while (recorder.pending < rules.maxConcurrent) {
      const callback = ahead.next((host) => shares.mayBegin(host, rules));
      if (callback === undefined) return;
      shares.take(callback.host);
      const work = attempt(callback, rules);
      inFlight.add(work);
      void work.then(() => inFlight.delete(work));
    }
  }

  function claim(url: string): Claim | undefined {
    const rules = settings();
    const host = hostOf(url);
    if (claiming === undefined || closing || !ahead.promise(host, rules)) return undefined;
    return { id: handedOver, host, leaseMs: rules.attemptTimeoutMs + CLAIM_MARGIN_MS + WRITTEN_MS };
  }

  function take(written: Callback, { id: claim, host }: Claim): void {
    ahead.redeem(host);
    const callback = {
      ...written,
      host,
      claim,
      attempts: 0,
      createdAt: new Date(clock.now()),
      fault: null,
      retryAfterSeconds: written.retryAfterSeconds === undefined ? null : [...written.retryAfterSeconds],
    };
    held.add(callback);
    ahead.add(callback, Deadline.in(START_MARGIN_MS));
    if (closing) void giveUp(ahead.takeAll());
    else begin();
  }

  /** One attempt and its record; its slot is free in between. */
  async function attempt(callback: ClaimedCallback, rules: DeliverySettings): Promise<void> {
    const { host } = callback;
    const { standing, recorded, took } = await deliver(callback, rules);
    shares.giveBack(host, standing, pace.late ? undefined : took);
    ahead.took(host, took.ms);
    if (standing === 'suspect') void giveUp(ahead.takeAll(host));
    begin();
    if (leftBehind && ahead.runsLow(host, rules)) claiming?.wake();
    try {
      await recorded;
    } catch (error) {
      // Held still: it is another worker's to send it again.
      closed.reject(error);
      return;
    }
    held.delete(callback);
    begin();
  }

  /** Best effort: a claim that is not taken back lapses. */
  async function giveUp(callbacks: readonly ClaimedCallback[]): Promise<void> {
    if (callbacks.length === 0) return;
    try {
      await inDatabase('giving up callbacks', () => giveUpClaims(database, callbacks));
      claiming?.wake();
    } catch (error) {
      log.warn(
        { err: error, callbacks: callbacks.length },
        'claimed callbacks wait for their claim to lapse',
      );
    }
    for (const callback of callbacks) held.delete(callback);
  }

  async function sampleAge(): Promise<void> {
    const oldest = await inDatabase('the oldest callback', () => oldestPendingDueAt(database));
    const ageMs = oldest === null ? 0 : clock.now() - oldest.getTime();
    metrics.oldestPendingAge(Math.max(0, ageMs / 1_000));
  }

  return {
    run() {
      if (closing) return closed.promise;
      claiming ??= repeat({ work: step, waitMs, keepsAlive: true });
      watching ??= watchEventLoop(PACE_EVERY_MS, ({ delayP99Ms }) => pace.turned(delayP99Ms));
      return closed.promise;
    },
    wake: () => claiming?.wake(),
    claim,
    take,
    letGo: ({ host }) => ahead.redeem(host),
    async close() {
      closing = true;
      await claiming?.stop();
      await giveUp(ahead.takeAll());
      await Promise.all(inFlight);
      watching?.[Symbol.dispose]();
      connections.close();
      closed.resolve();
    },
  };
}

function inDatabase<T>(what: string, work: () => Promise<T>): Promise<T> {
  return within(Deadline.in(DATABASE_TIMEOUT_MS), what, work);
}
