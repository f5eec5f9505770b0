import { boundedLog, type LogFields } from '../../platform/bounded-log.ts';
import type { Clock } from '../../platform/clock.ts';
import { Deadline } from '../../platform/deadline.ts';
import { newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { ClaimedCallback } from '../outbox/claims.ts';
import type { DeliveryMetrics } from '../outcome/metrics.ts';
import type { Recorder } from '../outcome/recorder.ts';
import { nextStep } from '../outcome/retry.ts';
import type { DeliverySettings } from '../settings.ts';
import type { Took } from '../slots/limit.ts';
import type { Pace } from '../slots/pace.ts';
import type { Standing } from '../slots/shares.ts';
import type { AttemptKind, Callback, Outcome } from '../types.ts';
import type { KeptConnections } from './kept.ts';
import { send } from './send.ts';

export interface Attempted extends Pick<Callback, 'id' | 'headers'> {
  readonly kind: AttemptKind;
  readonly host: string;
  /** A failure that somebody asked for changed this callback. */
  readonly injected: boolean;
}

/** Share of an attempt's time within which a host counts as responsive. */
const QUICK_SHARE = 0.2;

export interface AttemptOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DeliveryMetrics;
  readonly recorder: Recorder;
  readonly connections: KeptConnections;
  readonly pace: Pace;
  /** Called once for each attempt, when it is known how it ended. */
  readonly onAttempted?: ((attempt: Attempted) => void) | undefined;
  /** What the log says of a callback: of the payment it tells. */
  readonly about?: ((callback: ClaimedCallback) => LogFields) | undefined;
  /** In [0, 1), for the jitter of the schedule. */
  readonly random: () => number;
}

/** What one attempt showed of its host, and when its outcome is recorded. */
export interface Ended {
  readonly standing: Standing;
  readonly recorded: Promise<void>;
  readonly took: Took;
}

/** One attempt to send a callback, what the log and the metrics say of it, and what comes next for it. */
export function createAttempt(
  options: AttemptOptions,
): (callback: ClaimedCallback, rules: DeliverySettings) => Promise<Ended> {
  const { clock, metrics, recorder, connections, pace, random } = options;
  const attempts = boundedLog(options.log);
  const about = (callback: ClaimedCallback) => ({
    ...options.about?.(callback),
    callback: callback.id,
    host: callback.host,
  });

  /** Sends it, to its last socket; what that says of the host, and when it is recorded. */
  async function deliver(callback: ClaimedCallback, rules: DeliverySettings): Promise<Ended> {
    const startedAt = performance.now();
    const at = new Date(clock.now());
    let recorded: Promise<void> = Promise.resolve();
    let answered = false;
    try {
      const told = (outcome: Outcome) => {
        answered = outcome.status !== null;
        recorded = recordOutcome(callback, rules, at, outcome);
      };
      await send(callback, rules, Deadline.in(rules.attemptTimeoutMs), told, connections);
    } catch (error) {
      // A fault of ours, such as a setting that cannot be used: not the receiver's attempt. Its claim lapses.
      attempted('fault', callback);
      attempts.error(() => ({ ...about(callback), err: error }), 'callback could not be attempted');
    }
    const now = performance.now();
    const took = { ms: now - startedAt, now };
    const quick = took.ms < rules.attemptTimeoutMs * QUICK_SHARE;
    // A process that comes late to an answer cannot say that it came late.
    return { standing: answered && (quick || pace.late) ? 'responsive' : 'suspect', recorded, took };
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
      { ...rules, retryAfterSeconds: callback.retryAfterSeconds ?? rules.retryAfterSeconds },
      now,
      random(),
    );
    attempted(outcome.kind, callback);
    const { kind, status, reason, durationMs } = outcome;
    const attempt = callback.attempts + 1;
    if (kind === 'delivered')
      attempts.info(() => ({ ...about(callback), status, attempt, durationMs }), 'callback delivered');
    else {
      const write = next.state === 'pending' ? attempts.info : attempts.warn;
      write(() => ({ ...about(callback), kind, status, reason, attempt, next }), 'callback not delivered');
    }
    return recorder.record({ id: newId(), callback, at, outcome, next });
  }

  function attempted(kind: AttemptKind, { id, host, headers, attempts, fault }: ClaimedCallback): void {
    metrics.attempted(kind, attempts + 1);
    options.onAttempted?.({ kind, host, id, headers, injected: fault !== null });
  }

  return deliver;
}
