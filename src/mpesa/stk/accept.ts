/**
 * Durable acceptance: a push is acknowledged only after the transaction that holds its row has committed. Rows travel
 * in natural batches: what queued while the last batch was committing is the next one, so a quiet server answers at
 * once and a busy one pays for one commit a batch; at most two are under way. Every push ends in one of:
 *
 *   accepted  its row is committed
 *   locked    the subscriber has an open push: the unique index decided, in whichever process the other one came
 *   busy      never sent to the database: the queue was full, or its deadline passed while it waited
 *   unknown   sent, and not known to be committed: connection lost, or the deadline passed first
 */
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import type { MpesaSettings } from '../settings.ts';
import { insertPushes } from './insert.ts';
import type { NewPush } from './types.ts';

export type Acceptance = 'accepted' | 'locked' | 'busy' | 'unknown';

export interface AcceptanceLane {
  /** Never later than `deadline` by more than 20 ms. */
  accept(push: NewPush, deadline: Deadline): Promise<Acceptance>;
  /** Takes nothing more, and settles when what it took is decided. */
  close(): Promise<void>;
}

export interface AcceptanceDependencies {
  database: Database;
  settings: () => MpesaSettings;
  clock: Clock;
  log: Log;
}

interface Waiting {
  push: NewPush;
  deadline: Deadline;
  /** Settles the caller; later calls do nothing. */
  settle: (outcome: Acceptance) => void;
}

/** One timer looks after all deadlines: a timer a push would cost as much as the rest of its way. */
const SWEEP_MS = 20;
/** A second batch leaves while the first waits for the disk, once it is worth a transaction of its own. */
const SECOND_FLIGHT_FROM = 16;
const HINT_EVERY_MS = 20;
/** The channel that tells workers to look for pushes. A hint: they look by themselves too. */
export const PUSH_CHANNEL = 'imara_stk';

export function acceptanceLane(deps: AcceptanceDependencies): AcceptanceLane {
  const { database, settings, clock, log } = deps;
  let queue: Waiting[] = [];
  const flights = new Set<readonly Waiting[]>();
  let idle: (() => void) | undefined;
  let planned = false;
  let sweeper: NodeJS.Timeout | undefined;
  let closed = false;
  const hint = workerHint(database);

  function accept(push: NewPush, deadline: Deadline): Promise<Acceptance> {
    if (closed || queue.length >= settings().stk.maxQueued) return Promise.resolve('busy');
    return new Promise((settle) => {
      queue.push({ push, deadline, settle });
      plan();
      sweeper ??= setTimeout(sweep, SWEEP_MS);
    });
  }

  /** Once around the event loop: answers to the last batch go out, and what came in meanwhile goes together. */
  function plan(): void {
    const least = [1, SECOND_FLIGHT_FROM][flights.size];
    if (planned || least === undefined || queue.length < least) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      void fly();
      plan();
    });
  }

  async function fly(): Promise<void> {
    const { maxBatch, promptLifetimeMs } = settings().stk;
    const batch = queue.slice(0, maxBatch);
    queue = queue.slice(maxBatch);
    flights.add(batch);
    try {
      const accepted = await insertPushes(
        database,
        batch.map(({ push }) => push),
        { acceptedAtMs: clock.now(), lifetimeMs: promptLifetimeMs },
      );
      for (const { push, settle } of batch) settle(accepted.has(push.id) ? 'accepted' : 'locked');
      hint();
    } catch (error) {
      log.error({ err: error, pushes: batch.length }, 'pushes may not have been written');
      for (const { settle } of batch) settle('unknown');
    }
    flights.delete(batch);
    plan();
    if (queue.length + flights.size === 0) idle?.();
  }

  function sweep(): void {
    for (const batch of flights) {
      for (const { deadline, settle } of batch) if (deadline.passed) settle('unknown');
    }
    if (queue.some(({ deadline }) => deadline.passed)) {
      for (const { deadline, settle } of queue) if (deadline.passed) settle('busy');
      queue = queue.filter(({ deadline }) => !deadline.passed);
    }
    sweeper = queue.length + flights.size > 0 ? setTimeout(sweep, SWEEP_MS) : undefined;
  }

  return {
    accept,
    async close() {
      closed = true;
      if (queue.length + flights.size > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      clearTimeout(sweeper);
    },
  };
}

/**
 * Tells the workers: at once after a pause, else every 20 ms, since a notification costs as much as twenty pushes. It
 * commits on its own: inside the batch it would hold the lock on the notification queue while the batch is written to
 * disk, one batch at a time for all processes.
 */
function workerHint(database: Database): () => void {
  let pause: NodeJS.Timeout | undefined;
  let again = false;
  const send = (): void => {
    again = false;
    pause = setTimeout(() => {
      pause = undefined;
      if (again) send();
    }, HINT_EVERY_MS);
    database
      .query(`select set_config('synchronous_commit', 'off', true), pg_notify('${PUSH_CHANNEL}', '')`)
      // A lost hint costs a moment: workers look by themselves.
      .catch(() => {});
  };
  return () => {
    if (pause === undefined) send();
    else again = true;
  };
}
