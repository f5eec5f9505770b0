import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.ts';
import { Deadline, DeadlineExceeded, within } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import type { Entry, Verdict } from '../types.ts';
import { runBatch } from './batch.ts';
import { type Connection, connectLane, disconnect } from './connection.ts';
import { FlightFailed, fly, rollback } from './flight.ts';
import type { Known } from './known.ts';
import { isOvertaken } from './writes.ts';

/**
 * A caller who waits for the verdict of an entry. Settled once: with the answer, or at the caller's deadline.
 */
export interface Waiting {
  readonly entry: Entry;
  readonly settled: boolean;
  answer(verdict: Verdict): void;
  fail(error: unknown): void;
}

const CONNECT_MS = 3_000;
/** A batch that takes longer is unknown: its connection is given up and it is run again with the same ids. */
const BATCH_MS = 8_000;
const CONTENTION_RERUNS = 5;
/** How long a lane locks before it reads again without, counted in batches. */
const LOCKING_BATCHES = 50;

/** Another transaction was in the way: serialization failure, deadlock, lock or statement time-out. */
const contention = new Set(['40001', '40P01', '55P03', '57014']);
/** The server ends or refuses the session: shutdown, crash, start, too many connections, a standby. */
const sessionEnds = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25006', '25P03']);

/**
 * A connection that commits one batch after the other, and what becomes of a batch that fails:
 *
 *   overtaken, contention   undone; run again with row locks, at most 5 times, then as anything else
 *   connection lost         unknown; the same batch is run on a new connection (what was committed answers as a replay)
 *                           until no caller waits any more
 *   anything else           undone; a bug in one entry or its companions: halves are run apart, so that only the entry
 *                           at fault gets the error
 */
export class Lane {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #known: Known;
  #connection: Connection | undefined;
  #lockingBatches = 0;
  #closed = false;
  reruns = 0;

  constructor({ url, clock, log, known }: { url: string; clock: Clock; log: Log; known: Known }) {
    this.#url = url;
    this.#clock = clock;
    this.#log = log;
    this.#known = known;
  }

  /** Settles every one of `batch`, by a verdict or an error, unless its own deadline did. Does not throw. */
  async commit(batch: readonly Waiting[]): Promise<void> {
    for (let contended = 0; ; ) {
      const waiting = batch.filter(({ settled }) => !settled);
      if (waiting.length === 0 || this.#closed) return;
      try {
        const verdicts = await this.#run(waiting.map(({ entry }) => entry));
        for (const [index, verdict] of verdicts.entries()) waiting[index]?.answer(verdict);
        return;
      } catch (error) {
        this.reruns += 1;
        if (this.#isLost(error)) {
          this.#log.warn(
            { err: error, entries: waiting.length },
            'the books lost their connection; trying again',
          );
          this.#disconnect();
          await pause(100);
          continue;
        }
        if (isContention(error) && contended < CONTENTION_RERUNS) {
          contended += 1;
          this.#lockingBatches = LOCKING_BATCHES;
          await this.#rollBack();
          if (contended > 1) await pause(10 * contended);
          continue;
        }
        this.#disconnect();
        await this.#isolate(waiting, error);
        return;
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#disconnect();
  }

  async #run(entries: readonly Entry[]): Promise<Verdict[]> {
    this.#connection ??= await connectLane(this.#url, Deadline.in(CONNECT_MS));
    const connection = this.#connection;
    if (this.#closed) throw new DeadlineExceeded('a batch of books that closed');
    const options = {
      recordedAt: new Date(this.#clock.now()),
      known: this.#known,
      locking: this.#lockingBatches > 0,
    };
    const verdicts = await within(Deadline.in(BATCH_MS), 'a batch of the books', () =>
      runBatch(connection.client, entries, options),
    );
    if (connection.lost) throw new DeadlineExceeded('the confirmation of a batch');
    if (this.#lockingBatches > 0) this.#lockingBatches -= 1;
    return verdicts;
  }

  async #isolate(waiting: readonly Waiting[], error: unknown): Promise<void> {
    const [only] = waiting;
    if (waiting.length === 1 && only !== undefined) {
      this.#log.error({ err: error, ...only.entry.about }, 'an entry could not be posted');
      only.fail(error);
      return;
    }
    const half = Math.ceil(waiting.length / 2);
    await this.commit(waiting.slice(0, half));
    await this.commit(waiting.slice(half));
  }

  async #rollBack(): Promise<void> {
    if (this.#connection === undefined) return;
    const { client } = this.#connection;
    await within(Deadline.in(CONNECT_MS), 'a rollback', () => fly(client, [rollback])).catch(() =>
      this.#disconnect(),
    );
  }

  #isLost(error: unknown): boolean {
    if (this.#connection === undefined || this.#connection.lost || error instanceof DeadlineExceeded)
      return true;
    if (!(error instanceof FlightFailed)) return false;
    const { code } = error;
    return code === undefined || sessionEnds.has(code) || code.startsWith('08') || code.length !== 5;
  }

  #disconnect(): void {
    if (this.#connection !== undefined) disconnect(this.#connection);
    this.#connection = undefined;
  }
}

function isContention(error: unknown): boolean {
  return error instanceof FlightFailed && (isOvertaken(error) || contention.has(error.code ?? ''));
}

/** Up to `ms` milliseconds, by chance, so that lanes and processes do not come back together. */
function pause(ms: number): Promise<void> {
  return sleep(ms * (0.2 + 0.8 * Math.random()));
}
