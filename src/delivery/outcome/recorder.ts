import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../platform/log.ts';
import type { AttemptRecord } from '../outbox/claims.ts';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

interface Waiting {
  record: AttemptRecord;
  written: () => void;
}

/**
 * Writes outcomes as fast as the database takes them: the first at once, then always what came while the last
 * write was under way; no timer. An outcome is kept and written again until the database has it, because
 * forgetting a 2xx would send its callback twice. `pending` is for its user to bound: who has many unwritten
 * outcomes begins nothing new.
 */
export class Recorder {
  readonly #write: (records: readonly AttemptRecord[]) => Promise<void>;
  readonly #log: Log;
  #queue: Waiting[] = [];
  #writing = false;
  #pending = 0;

  constructor(write: (records: readonly AttemptRecord[]) => Promise<void>, log: Log) {
    this.#write = write;
    this.#log = log;
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
    });
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      await this.#writeUntilDone(batch.map(({ record }) => record));
      this.#pending -= batch.length;
      for (const { written } of batch) written();
    }
    this.#writing = false;
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
