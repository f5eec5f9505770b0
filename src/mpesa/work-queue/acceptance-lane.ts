/**
 * Durable acceptance: a request is acknowledged only after the transaction that holds its row has committed.
 * Rows travel in natural batches: what queued since the last batch left is the next one, so a quiet server
 * answers at once and a busy one pays for one commit a batch; at most two are under way. Every row ends in
 * one of:
 *
 *   accepted  it is committed
 *   conflict  a unique index has another row in its place, whichever process wrote that one
 *   busy      never sent to the database: the queue was full, or its deadline passed while it waited
 *   unknown   sent, and not known to be committed: connection lost, or the deadline passed first
 */
import type { Database } from '../../platform/database/database.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import { workerHint } from './hint.ts';

export type Acceptance = 'accepted' | 'conflict' | 'busy' | 'unknown';

export interface AcceptanceLane<Row> {
  /** Never later than `deadline` by more than 20 ms. */
  accept(row: Row, deadline: Deadline): Promise<Acceptance>;
  /** Takes nothing more, and settles when what it took is decided. */
  close(): Promise<void>;
}

export interface AcceptanceLaneOptions<Row> {
  database: Database;
  log: Log;
  limits: () => AcceptanceLimits;
  /**
   * Writes the rows in one transaction and returns the ids of those that were taken. Throws when nobody can
   * tell.
   */
  write: (rows: readonly Row[]) => Promise<ReadonlySet<string>>;
  /** The channel that wakes workers. A hint: they look by themselves too. */
  channel: string;
  /** What workers that listen there are to look for (`workerHint`). */
  topicOf?: (row: Row) => string;
  /** Monotonic milliseconds. */
  now?: () => number;
}

export interface AcceptanceLimits {
  /** Rows that wait to be written. Over it the lane is busy. */
  maxQueued: number;
  /** Rows written in one transaction. */
  maxBatch: number;
}

interface Waiting<Row> {
  row: Row;
  deadline: Deadline;
  /** Settles the caller; later calls do nothing. */
  settle: (outcome: Acceptance) => void;
}

/** One timer looks after all deadlines: a timer a row would cost as much as the rest of its way. */
const SWEEP_MS = 20;
/**
 * Batches leave no closer than this, unless they are worth it: a transaction costs as much as a dozen rows,
 * and a fast disk would have one or two in each.
 */
const APART_MS = 8;
const WORTH_IT = 32;
/** A second batch leaves while the first waits for the disk, once it is worth a transaction of its own. */
const SECOND_FLIGHT_FROM = 16;

export function acceptanceLane<Row extends { readonly id: string }>({
  database,
  log,
  limits,
  write,
  channel,
  topicOf,
  now = () => performance.now(),
}: AcceptanceLaneOptions<Row>): AcceptanceLane<Row> {
  let queue: Waiting<Row>[] = [];
  const flights = new Set<readonly Waiting<Row>[]>();
  let idle: (() => void) | undefined;
  let planned = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  /** A timer brings the next batch. */
  let awaited = false;
  let sweeper: NodeJS.Timeout | undefined;
  let closed = false;
  const hint = workerHint(database, channel);

  function accept(row: Row, deadline: Deadline): Promise<Acceptance> {
    if (closed || queue.length >= limits().maxQueued) return Promise.resolve('busy');
    return new Promise((settle) => {
      queue.push({ row, deadline, settle });
      plan();
      sweeper ??= setTimeout(sweep, SWEEP_MS);
    });
  }

  /**
   * Once around the event loop: answers to the last batch go out, and what came in meanwhile goes together.
   */
  function plan(): void {
    const least = [1, SECOND_FLIGHT_FROM][flights.size];
    if (planned || least === undefined || queue.length < least) return;
    const waitMs = lastMs + APART_MS - now();
    if (waitMs > 0 && queue.length < WORTH_IT) {
      if (awaited) return;
      awaited = true;
      setTimeout(() => {
        awaited = false;
        plan();
      }, waitMs);
      return;
    }
    planned = true;
    setImmediate(() => {
      planned = false;
      void fly();
      plan();
    });
  }

  async function fly(): Promise<void> {
    const { maxBatch } = limits();
    lastMs = now();
    const batch = queue.slice(0, maxBatch);
    queue = queue.slice(maxBatch);
    flights.add(batch);
    try {
      const accepted = await write(batch.map(({ row }) => row));
      for (const { row, settle } of batch) settle(accepted.has(row.id) ? 'accepted' : 'conflict');
      hint(topicOf === undefined ? [] : new Set(batch.map(({ row }) => topicOf(row))));
    } catch (error) {
      log.error({ err: error, channel, rows: batch.length }, 'rows may not have been written');
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
