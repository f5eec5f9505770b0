import type { LogLines } from './lines.ts';
import { type LogRecord, readRecord } from './record.ts';

/** A record in its place among those of all processes. */
export interface Entry extends LogRecord {
  process: string;
  /** Never before the place of the line before it in the same log. */
  placeMs: number;
}

/** Lines without a time that wait for the next one that has one. */
const MOST_WAITING = 500;

/**
 * The records of one process's log. A line without a time, such as one of a crash's stack, keeps its place
 * between its neighbours: an indented one belongs to the line before it; others were mostly written by a
 * process that ended, so their time is that of the next line, which the process that followed wrote, and at
 * the end of the log the file's.
 */
export class Entries {
  readonly #process: string;
  readonly #lines: LogLines;
  #lastMs = 0;
  #last: Pick<LogRecord, 'level'> | undefined;
  readonly #ready: Entry[] = [];
  #waiting: LogRecord[] = [];

  constructor(process: string, lines: LogLines) {
    this.#process = process;
    this.#lines = lines;
  }

  get isWhole(): boolean {
    return this.#lines.isWhole;
  }

  /**
   * `undefined`: that is all by now. `ends`: nothing more is waited for, and a line without its end is one.
   */
  async next({ ends = false } = {}): Promise<Entry | undefined> {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready !== undefined) return ready;
      const line = (await this.#lines.next()) ?? (ends ? this.#lines.rest() : undefined);
      if (line === undefined) {
        if (this.#waiting.length === 0) return undefined;
        this.#place(await this.#lines.writtenAtMs());
      } else if (line.trim() !== '') this.#take(readRecord(line), /^\s/.test(line));
    }
  }

  close(): Promise<void> {
    return this.#lines.close();
  }

  #take(record: LogRecord, isIndented: boolean): void {
    if (record.timeMs !== undefined) {
      this.#place(record.timeMs);
      this.#lastMs = Math.max(this.#lastMs, record.timeMs);
      // PostgreSQL's DETAIL is of the ERROR before it.
      const level = record.level ?? this.#last?.level;
      this.#last = { level };
      this.#put({ ...record, level });
    } else if (isIndented && this.#waiting.length === 0 && this.#last !== undefined) {
      this.#put({ ...record, level: this.#last.level });
    } else {
      this.#waiting.push(record);
      if (this.#waiting.length >= MOST_WAITING) this.#place(this.#lastMs);
    }
  }

  #place(atMs: number): void {
    if (this.#waiting.length === 0) return;
    this.#lastMs = Math.max(this.#lastMs, atMs);
    this.#last = undefined;
    for (const record of this.#waiting) this.#put(record);
    this.#waiting = [];
  }

  #put(record: LogRecord): void {
    this.#ready.push({ ...record, process: this.#process, placeMs: this.#lastMs });
  }
}
