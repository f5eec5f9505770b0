import type { Registry } from 'prom-client';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/database.ts';
import { Deadline, within } from '../platform/deadline.ts';
import { newId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { deliveryMetrics } from './metrics.ts';
import { Recorder } from './recorder.ts';
import { nextStep } from './retry.ts';
import { send } from './send.ts';
import { Shares, type Standing } from './shares.ts';
import {
  type ClaimedCallback,
  claimCallbacks,
  dueHosts,
  oldestPendingDueAt,
  recordAttempts,
} from './store.ts';
import type { DeliverySettings, Outcome } from './types.ts';

export interface Delivery {
  /** Delivers until `close`; resolves then. */
  run(): Promise<void>;
  /** A hint that callbacks were committed: saves them the wait for the next poll. */
  wake(): void;
  /**
   * Claims nothing more, and resolves when all in flight has ended (one attempt's timeout at most) and is recorded (as
   * long as the database takes: a caller in haste puts a deadline around it; what is cut off is sent again).
   */
  close(): Promise<void>;
}

export interface DeliveryOptions {
  database: Database;
  settings: () => DeliverySettings;
  clock: Clock;
  log: Log;
  registry: Registry;
  /** In [0, 1), for the jitter of the schedule. */
  random?: () => number;
}

/** A claim outlives its attempts by this much, so that no other worker takes a callback while it is being sent. */
const CLAIM_MARGIN_MS = 5_000;
/** From the claim's query to its first byte; later than this the claim is left to lapse. */
const START_MARGIN_MS = 3_000;
/** Share of an attempt's time within which a host counts as responsive. */
const QUICK_SHARE = 0.2;
const DATABASE_TIMEOUT_MS = 5_000;
const AGE_SAMPLE_MS = 2_000;

/**
 * The worker's loop: claim what is due and has a slot, send it, record how it ended. The database is the queue and
 * the truth; `wake` is a hint. At least once: a callback whose outcome was not recorded is sent again when its claim
 * lapses; one whose 2xx was recorded never is.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { database, settings, clock, log, random = Math.random } = options;
  const metrics = deliveryMetrics(options.registry);
  const shares = new Shares();
  const inFlight = new Map<string, Promise<void>>();
  const alarm = new Alarm();
  const recorder = new Recorder(
    (records) => inDatabase('recording callbacks', () => recordAttempts(database, records)),
    log,
  );
  let closing = false;
  /** Host after which the lap goes on, so that each has its turn when slots are few; `null`: a new lap. */
  let cursor: string | null = null;
  /** This lap left due callbacks where they are, for want of slots: a slot that gets free is worth another. */
  let leftBehind = false;
  let running: Promise<void> | undefined;

  async function loop(): Promise<void> {
    let sampleAt = 0;
    while (!closing) {
      try {
        if (performance.now() >= sampleAt) {
          sampleAt = performance.now() + AGE_SAMPLE_MS;
          await sampleAge();
        }
        if (await claimStep(settings())) continue;
      } catch (error) {
        metrics.oldestPendingAge(undefined);
        log.error({ err: error }, 'callbacks not claimed; again at the next poll');
      }
      await alarm.wait(settings().pollMs);
    }
    await Promise.all(inFlight.values());
  }

  /**
   * One step of a lap over the hosts with due callbacks. True when another step is due at once; false at the end of
   * a lap that found nothing more to send, or when no slot is free.
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
    const allotments = shares.allot(hosts, rules);
    leftBehind ||= allotments.length < hosts.length;
    if (allotments.length === 0) return cursor !== null;

    const startBy = Deadline.in(START_MARGIN_MS);
    const claimed = await inDatabase('claiming callbacks', () =>
      claimCallbacks(database, {
        allotments,
        now,
        claim: newId(),
        leaseMs: rules.attemptTimeoutMs + CLAIM_MARGIN_MS,
        except: [...inFlight.keys()],
      }),
    );
    // A process that was stopped meanwhile may have lost its claim to another: it lets it lapse.
    if (startBy.passed) return false;
    for (const callback of claimed) launch(callback, rules);
    return claimed.length > 0 || cursor !== null;
  }

  function launch(callback: ClaimedCallback, rules: DeliverySettings): void {
    shares.take(callback.host);
    const work = deliver(callback, rules).then((standing) => {
      shares.giveBack(callback.host, standing);
      inFlight.delete(callback.id);
      if (leftBehind) alarm.ring();
    });
    inFlight.set(callback.id, work);
  }

  /** One attempt, to its last socket and its record; what it says of the host. */
  async function deliver(callback: ClaimedCallback, rules: DeliverySettings): Promise<Standing> {
    const startedAt = performance.now();
    const at = new Date(clock.now());
    let recorded: Promise<void> = Promise.resolve();
    let answered = false;
    try {
      await send(callback, rules, Deadline.in(rules.attemptTimeoutMs), (outcome) => {
        answered = outcome.status !== null;
        recorded = recordOutcome(callback, rules, at, outcome);
      });
    } catch (error) {
      // A fault of ours, such as a setting that cannot be used: not the receiver's attempt. Its claim lapses.
      metrics.attempted('fault', callback.attempts + 1);
      log.error({ err: error, callback: callback.id }, 'callback could not be attempted');
    }
    const quick = performance.now() - startedAt < rules.attemptTimeoutMs * QUICK_SHARE;
    await recorded;
    return answered && quick ? 'responsive' : 'suspect';
  }

  function recordOutcome(
    callback: ClaimedCallback,
    rules: DeliverySettings,
    at: Date,
    outcome: Outcome,
  ): Promise<void> {
    const now = clock.now();
    const next = nextStep(
      { outcome, spentBefore: callback.attempts, ageMs: now - callback.createdAt.getTime() },
      rules,
      now,
      random(),
    );
    metrics.attempted(outcome.kind, callback.attempts + 1);
    if (outcome.kind !== 'delivered') {
      const { kind, status, reason } = outcome;
      log.info({ callback: callback.id, host: callback.host, kind, status, reason, next }, 'not delivered');
    }
    return recorder.record({ id: newId(), callback, at, outcome, next });
  }

  async function sampleAge(): Promise<void> {
    const oldest = await inDatabase('the oldest callback', () => oldestPendingDueAt(database));
    const ageMs = oldest === null ? 0 : clock.now() - oldest.getTime();
    metrics.oldestPendingAge(Math.max(0, ageMs / 1_000));
  }

  return {
    run() {
      running ??= loop();
      return running;
    },
    wake: () => alarm.ring(),
    async close() {
      closing = true;
      alarm.ring();
      await running;
    },
  };
}

function inDatabase<T>(what: string, work: () => Promise<T>): Promise<T> {
  return within(Deadline.in(DATABASE_TIMEOUT_MS), what, work);
}

/** Ends one wait early. Rung while nobody waits, it ends the next wait at once. */
class Alarm {
  #rung = false;
  #end: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#end?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((end) => {
        const timer = setTimeout(end, ms);
        this.#end = () => {
          clearTimeout(timer);
          end();
        };
      });
    }
    this.#rung = false;
    this.#end = undefined;
  }
}
