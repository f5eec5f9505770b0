import { setTimeout as delay } from 'node:timers/promises';
import { StoreAway, textOf } from '../../platform/database/store-away.ts';
import { DeadlineExceeded } from '../../platform/deadline.ts';
import type { Log } from '../../platform/log.ts';
import type { AttemptRecord } from '../outbox/claims.ts';

/** Writes begin no closer than this, unless many outcomes wait: one costs as much as a dozen outcomes. */
const APART_MS = 25;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
/** Of a write that the database itself refuses: about a second and a half. */
const MOST_REFUSED = 6;

interface Waiting {
  record: AttemptRecord;
  written: () => void;
  failed: (error: CannotRecord) => void;
}

/** The database is there, and refuses what is written: to try again changes nothing. */
export class CannotRecord extends Error {
  override readonly name = 'CannotRecord';

  constructor(records: number, cause: unknown) {
    super(
      `the database refuses the outcomes of ${records} callbacks: ${textOf(cause)}. ` +
        'Callbacks whose outcome is not recorded are sent again; look whether the database is the right one, and whole.',
      { cause },
    );
  }
}

/**
 * Writes outcomes together: the first at once, then what came since the last write began. An outcome is kept
 * and written again until the database has it, because forgetting a 2xx would send its callback twice: for as
 * long as the database is away, and a few times where it refuses. Then nothing can be recorded in this
 * process any more, which is for its user to end. `pending` is for its user to bound: who has many unwritten
 * outcomes begins nothing new.
 */
export class Recorder {
  readonly #write: (records: readonly AttemptRecord[]) => Promise<void>;
  readonly #log: Log;
  readonly #most: () => number;
  #queue: Waiting[] = [];
  #writing = false;
  #pending = 0;
  #cannot: CannotRecord | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Ends the wait between two writes. */
  #hurry: (() => void) | undefined;

  /** `most`: unwritten outcomes that its user bears; half of them are not waited with. */
  constructor(write: (records: readonly AttemptRecord[]) => Promise<void>, log: Log, most: () => number) {
    this.#write = write;
    this.#log = log;
    this.#most = most;
  }

  /** Outcomes that are not durable yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Resolves when the record is durable; rejects with `CannotRecord`. */
  record(record: AttemptRecord): Promise<void> {
    this.#pending += 1;
    return new Promise((written, failed) => {
      this.#queue.push({ record, written, failed });
      if (!this.#writing) void this.#drain();
      else if (this.#isMuch()) this.#hurry?.();
    });
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#queue.length > 0) {
      await this.#spaced();
      const batch = this.#queue;
      this.#queue = [];
      this.#cannot ??= await this.#writeUntilDone(batch.map(({ record }) => record));
      const cannot = this.#cannot;
      // What is not recorded stays pending: nothing new begins.
      if (cannot === undefined) this.#pending -= batch.length;
      for (const { written, failed } of batch) {
        if (cannot === undefined) written();
        else failed(cannot);
      }
    }
    this.#writing = false;
  }

  #isMuch(): boolean {
    return this.#pending * 2 >= this.#most();
  }

  /** Until the next write may begin. */
  async #spaced(): Promise<void> {
    const waitMs = this.#lastMs + APART_MS - performance.now();
    if (waitMs > 0 && !this.#isMuch()) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#hurry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#hurry = undefined;
    }
    this.#lastMs = performance.now();
  }

  /** `undefined`: the database has them. */
  async #writeUntilDone(records: readonly AttemptRecord[]): Promise<CannotRecord | undefined> {
    let refused = 0;
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        await this.#write(records);
        return undefined;
      } catch (error) {
        if (!isAway(error)) refused += 1;
        if (refused === MOST_REFUSED) return new CannotRecord(records.length, error);
        this.#log.error({ err: error, records: records.length }, 'outcomes of callbacks not recorded; again');
        await delay(waitMs);
      }
    }
  }
}

/** Nobody knows what became of the write. */
function isAway(error: unknown): boolean {
  return error instanceof StoreAway || error instanceof DeadlineExceeded;
}
