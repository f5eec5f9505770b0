import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BoundedQueue, type QueueState } from '../loop/bounded-queue.ts';
import { pause } from '../loop/pause.ts';
import { chain, EMPTY, type Head } from './chain.ts';
import type { Entry, Written } from './entry.ts';
import { cutTornLine, fileName, journalFiles, linesOf } from './files.ts';
import { type LogFile, openLogFile } from './log-file.ts';

/**
 * The watch's own journal: files of JSON lines in a folder of its own, append only, each line chained to the
 * one before. One writer takes what waits in a bounded queue, writes it in one piece and syncs the disk, so
 * that a disk that hangs or is full delays nobody: `append` answers after its deadline, and what could not be
 * written is written when it can be.
 */
export class Journal {
  readonly #directory: string;
  readonly #options: Required<JournalOptions>;
  readonly #queue: BoundedQueue<Waiting>;
  readonly #ended = new AbortController();
  readonly #listeners: ((entry: Written) => void)[] = [];
  #file: LogFile;
  #head: Head;
  #error: string | undefined;
  #late = 0;
  #writing: Promise<void>;

  private constructor(directory: string, options: Required<JournalOptions>, file: LogFile, head: Head) {
    this.#directory = directory;
    this.#options = options;
    this.#queue = new BoundedQueue('store', options.most);
    this.#file = file;
    this.#head = head;
    this.#writing = this.#write();
  }

  /** Opens it, or begins one. `seen` is called with every entry that is there, in order. */
  static async open(
    directory: string,
    seen: (entry: Written) => void,
    options: JournalOptions = {},
  ): Promise<Journal> {
    const settled = { ...defaults, ...options };
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const files = await journalFiles(directory);
    const last = files.at(-1);
    const cut = last === undefined ? 0 : await cutTornLine(last);
    let head: Head = EMPTY;
    for await (const { entry } of linesOf(files)) {
      if (entry === undefined) continue;
      head = entry;
      seen(entry);
    }
    const file = await settled.openFile(last ?? join(directory, fileName(head.sequence + 1)));
    const journal = new Journal(directory, settled, file, head);
    if (cut > 0 && last !== undefined) {
      const [subject, bytes] = [basename(last), cut];
      const text = `A line that a crash had torn was cut off the journal: ${bytes} bytes.`;
      void journal.append({
        at: Date.now(),
        source: 'watch',
        kind: 'journal.cut',
        subject,
        text,
        data: { bytes },
      });
    }
    return journal;
  }

  /** Called with each entry once it is on the disk. */
  onWritten(listener: (entry: Written) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Whether it is on the disk. `false` after `withinMs`: it waits, and is written as soon as it can be,
   * unless so much waits already that it is dropped and counted.
   */
  append(entry: Entry, withinMs = this.#options.withinMs): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), withinMs);
    const waiting: Waiting = {
      entry,
      settle(written) {
        clearTimeout(timer);
        resolve(written);
      },
    };
    if (!this.#queue.put(waiting)) waiting.settle(false);
    return promise;
  }

  state(): JournalState {
    const { sequence, hash } = this.#head;
    return { ...this.#queue.state(), sequence, head: hash, error: this.#error ?? null };
  }

  /** Writes what waits, as far as the disk takes it, and closes. */
  async close(): Promise<void> {
    this.#ended.abort();
    await this.#writing;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const { signal } = this.#ended;
    for (;;) {
      await this.#queue.filled(signal);
      const batch = this.#queue.peek(MOST_AT_ONCE);
      if (batch.length === 0) {
        if (signal.aborted) return;
        continue;
      }
      const written = await this.#writeBatch(batch);
      if (written === undefined) {
        if (signal.aborted) return;
        await pause(this.#options.retryMs, signal);
        continue;
      }
      this.#queue.take(batch.length);
      for (const one of batch) one.settle(true);
      for (const entry of written) for (const listener of this.#listeners) listener(entry);
      this.#sayLate();
    }
  }

  /** `undefined`: the disk does not take it. Nothing of it is there then. */
  async #writeBatch(batch: readonly Waiting[]): Promise<readonly Written[] | undefined> {
    let head = this.#head;
    const written = batch.map(({ entry }) => {
      const next = chain(entry, head);
      head = next;
      return next;
    });
    try {
      if (this.#file.size > this.#options.rotateBytes) await this.#rotate();
      await this.#file.append(written.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      this.#head = head;
      this.#error = undefined;
      return written;
    } catch (error) {
      this.#error = (error as Error).message;
      this.#late = batch.length;
      // Whoever waits goes on; the entry itself stays.
      for (const one of batch) one.settle(false);
      return undefined;
    }
  }

  async #rotate(): Promise<void> {
    const next = await this.#options.openFile(join(this.#directory, fileName(this.#head.sequence + 1)));
    const before = this.#file;
    this.#file = next;
    await before.close();
  }

  #sayLate(): void {
    if (this.#late === 0) return;
    const data = { entries: this.#late };
    this.#late = 0;
    const text = `The disk takes entries again: ${data.entries} or more were written late.`;
    void this.append({
      at: Date.now(),
      source: 'watch',
      kind: 'journal.late',
      subject: 'journal',
      text,
      data,
    });
  }
}

export interface JournalOptions {
  /** How long `append` waits for the disk. */
  withinMs?: number;
  /** Entries that wait at most. */
  most?: number;
  /** A file is followed by another beyond this. */
  rotateBytes?: number;
  retryMs?: number;
  openFile?: (path: string) => Promise<LogFile>;
}

export interface JournalState extends QueueState {
  readonly sequence: number;
  readonly head: string;
  /** Why the disk takes nothing; `null`: it does. */
  readonly error: string | null;
}

interface Waiting {
  readonly entry: Entry;
  settle(written: boolean): void;
}

const MOST_AT_ONCE = 500;
const defaults: Required<JournalOptions> = {
  withinMs: 1_000,
  most: 10_000,
  rotateBytes: 16 * 1024 * 1024,
  retryMs: 500,
  openFile: openLogFile,
};
