import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../platform/log.ts';
import type { AttemptRecord } from '../outbox/claims.ts';

/** Writes begin no closer than this, unless many outcomes wait: one costs as much as a dozen outcomes. */
const APART_MS = 25;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

interface Waiting {
  record: AttemptRecord;
  written: () => void;
}

/**
 * Writes outcomes together: the first at once, then what came since the last write began. An outcome is kept
 * and written again until the database has it, because forgetting a 2xx would send its callback twice.
 * `pending` is for its user to bound: who has many unwritten outcomes begins nothing new.
 */
export class Recorder {
  readonly #write: (records: readonly AttemptRecord[]) => Promise<void>;
  readonly #log: Log;
  readonly #most: () => number;
  #queue: Waiting[] = [];
  #writing = false;
  #pending = 0;
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

  /** Resolves when the record is durable. */
  record(record: AttemptRecord): Promise<void> {
    this.#pending += 1;
    return new Promise((written) => {
      this.#queue.push({ record, written });
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
      await this.#writeUntilDone(batch.map(({ record }) => record));
      this.#pending -= batch.length;
      for (const { written } of batch) written();
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

  async #writeUntilDone(records: readonly AttemptRecord[]): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await this.#write(records);
      } catch (error) {
        this.#log.error({ err: error, records: records.length }, 'outcomes of callbacks not recorded; again');
        await delay(waitMs);
      }
    }
  }
}
