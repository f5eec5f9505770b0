import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Written } from './entry.ts';

const NAME = /^journal-(\d{12})\.jsonl$/;

/** Named by the first entry that it holds, so that names sort as the entries do. */
export function fileName(firstSequence: number): string {
  return `journal-${String(firstSequence).padStart(12, '0')}.jsonl`;
}

/** The files of a journal, in the order in which they were written. */
export async function journalFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(directory, name));
}

/** The lines of a journal in order; `undefined` for one that is no entry. Reads a line at a time. */
export async function* linesOf(
  files: readonly string[],
): AsyncGenerator<{ file: string; line: number; entry: Written | undefined }> {
  for (const file of files) {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line += 1;
      yield { file, line, entry: parse(text) };
    }
  }
}

function parse(text: string): Written | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isWritten(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWritten(value: unknown): value is Written {
  const { sequence, hash, previous, kind, at } = Object(value) as Partial<Written>;
  return (
    typeof sequence === 'number' &&
    typeof hash === 'string' &&
    typeof previous === 'string' &&
    typeof kind === 'string' &&
    typeof at === 'number'
  );
}

const NEWLINE = 10;
const TAIL_BYTES = 65_536;

/**
 * Cuts off what a crash left after the last whole line. Returns how many bytes that were: 0 where the file
 * ends as it should. A line is written with its end in one piece, so only the last can be torn.
 */
export async function cutTornLine(file: string): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    let end = size;
    while (end > 0) {
      const from = Math.max(0, end - TAIL_BYTES);
      const { buffer } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
      const last = buffer.lastIndexOf(NEWLINE);
      end = from + last + 1;
      if (last >= 0 || from === 0) break;
      end = from;
    }
    if (end === size) return 0;
    await handle.truncate(end);
    await handle.sync();
    return size - end;
  } finally {
    await handle.close();
  }
}
