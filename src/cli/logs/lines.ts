import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { GENERATIONS, generation } from '../../supervisor/log-files.ts';

const CHUNK_BYTES = 65_536;
/** A line longer than this is cut: what is kept in memory has a bound. */
const LONGEST = 65_536;
const LINE_END = 0x0a;
const EMPTY = Buffer.alloc(0);

interface Part {
  /** Begin this far from the end. */
  lastBytes?: number;
  /** Leave out files that were last written before. */
  sinceMs?: number;
}

/** A file, from a position on. */
interface Source {
  handle: FileHandle;
  position: number;
}

interface Opened {
  aside: Source[];
  current: Source | undefined;
  isWhole: boolean;
  skipping: boolean;
}

/**
 * The lines of one process's log, oldest first, from the oldest file it was rotated into to the one that is
 * written now. At the end `next` is `undefined`, and goes on where it was when more is written. Files are
 * opened at the beginning, so that a rotation meanwhile takes none of them away; one of the file that is read
 * is seen by a copy that is new and longer than what is left: what was not read of it is read from there.
 */
export class LogLines {
  /** What a rotation put aside, oldest first; read before the file that is written now. */
  readonly #aside: Source[];
  readonly #file: string;
  /** False when older lines are left out. */
  readonly isWhole: boolean;
  #current: Source | undefined;
  /** Which file the newest copy is. */
  #copy: number | undefined;
  #unread: Buffer = EMPTY;
  /** Inside a line that was cut, or before the first line that begins in what is read. */
  #skipping: boolean;

  private constructor(file: string, { aside, current, isWhole, skipping }: Opened, copy: number | undefined) {
    this.#file = file;
    this.#aside = aside;
    this.#current = current;
    this.#copy = copy;
    this.isWhole = isWhole;
    this.#skipping = skipping;
  }

  static async open(file: string, part: Part = {}): Promise<LogLines> {
    for (;;) {
      const before = await copyOf(file);
      const lines = new LogLines(file, await openSources(file, part), before?.ino);
      if ((await copyOf(file))?.ino === before?.ino) return lines;
      // It was rotated meanwhile: some of what was opened may be a copy of the rest.
      await lines.close();
    }
  }

  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#unread.indexOf(LINE_END);
      if (end !== -1) {
        const line = this.#unread.subarray(0, end).toString('utf8');
        this.#unread = this.#unread.subarray(end + 1);
        if (!this.#skipping) return line;
        this.#skipping = false;
      } else if (this.#unread.length > LONGEST) {
        const line = `${this.#unread.subarray(0, LONGEST).toString('utf8')}…`;
        const wasSkipping = this.#skipping;
        this.#unread = EMPTY;
        this.#skipping = true;
        if (!wasSkipping) return line;
      } else {
        const more = await this.#read();
        if (more === undefined) return undefined;
        this.#unread = this.#unread.length === 0 ? more : Buffer.concat([this.#unread, more]);
      }
    }
  }

  /** A line that was begun and not ended, at the end of what is written by now. */
  rest(): string | undefined {
    if (this.#unread.length === 0 || this.#skipping) return undefined;
    const line = this.#unread.toString('utf8');
    this.#unread = EMPTY;
    return line;
  }

  /** When the file was last written. */
  async writtenAtMs(): Promise<number> {
    return (await stat(this.#file).catch(() => undefined))?.mtimeMs ?? Date.now();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#aside, this.#current].map((source) => source?.handle.close()));
  }

  async #read(): Promise<Buffer | undefined> {
    for (;;) {
      const [oldest] = this.#aside;
      if (oldest !== undefined) {
        const bytes = await readOn(oldest);
        if (bytes !== undefined) return bytes;
        this.#aside.shift();
        await oldest.handle.close();
        continue;
      }
      if (this.#current === undefined) {
        const handle = await openIfThere(this.#file);
        if (handle === undefined) return undefined;
        this.#current = { handle, position: 0 };
      }
      const copy = await copyOf(this.#file);
      const { size } = await this.#current.handle.stat();
      if (copy !== undefined && copy.ino !== this.#copy && size < copy.size) {
        this.#copy = copy.ino;
        const handle = await openIfThere(generation(this.#file, 1));
        if (handle !== undefined) this.#aside.push({ handle, position: this.#current.position });
        this.#current.position = 0;
        continue;
      }
      return readOn(this.#current);
    }
  }
}

/** The newest file first, until that is enough. */
async function openSources(
  file: string,
  { lastBytes = Number.POSITIVE_INFINITY, sinceMs = 0 }: Part,
): Promise<Opened> {
  const opened: Opened = { aside: [], current: undefined, isWhole: true, skipping: false };
  let left = lastBytes;
  for (let number = 0; number <= GENERATIONS && opened.isWhole; number += 1) {
    const handle = await openIfThere(generation(file, number));
    if (handle === undefined) continue;
    const { size, mtimeMs } = await handle.stat();
    if (number > 0 && mtimeMs < sinceMs) {
      await handle.close();
      break;
    }
    const position = Math.max(0, size - left);
    left -= size - position;
    opened.isWhole = left > 0;
    opened.skipping = position > 0;
    if (number > 0) opened.aside.unshift({ handle, position });
    else opened.current = { handle, position };
  }
  return opened;
}

async function readOn(source: Source): Promise<Buffer | undefined> {
  const { buffer, bytesRead } = await source.handle.read(
    Buffer.allocUnsafe(CHUNK_BYTES),
    0,
    CHUNK_BYTES,
    source.position,
  );
  source.position += bytesRead;
  return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
}

/** What the last rotation made. */
async function copyOf(file: string): Promise<Stats | undefined> {
  return await stat(generation(file, 1)).catch(() => undefined);
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
