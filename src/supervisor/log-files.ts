import { mkdirSync, openSync } from 'node:fs';
import { copyFile, open, rename, stat, truncate } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import { repeat } from '../platform/loop/repeat.ts';

/** A file longer than this is rotated, so that a process keeps at most `GENERATIONS + 1` times as much. */
export const ROTATE_BYTES = 10 * 2 ** 20;
/** Files that a log is rotated into. */
export const GENERATIONS = 3;
const ROTATE_EVERY_MS = 5_000;

/**
 * Opens a log for appending, to be handed to a process as its output: the process writes to the file itself,
 * so that its output costs the supervisor nothing and outlives it. A log that cannot be had keeps nobody from
 * starting: it is said, and the output is lost. A folder that is gone is made again.
 */
export function openLog(file: string, say: (line: string) => void = console.error): number {
  try {
    return append(file);
  } catch (error) {
    say(`the log ${file} cannot be opened, so its folder is made again: ${(error as Error).message}`);
  }
  try {
    // Not what it is in: a home that was removed stays so.
    mkdirSync(dirname(file), { mode: 0o700 });
    return append(file);
  } catch (error) {
    say(`what is written to ${file} is lost: ${(error as Error).message}`);
    return openSync(devNull, 'a');
  }
}

const append = (file: string): number => openSync(file, 'a', 0o600);

/**
 * Keeps a log from growing without bound: `x.log` → `x.log.1` → … The writer holds the file open, so it is
 * copied and emptied rather than moved; what is written between the two is lost, a few lines in 10 MB.
 */
export async function rotate(file: string, limitBytes = ROTATE_BYTES): Promise<void> {
  if ((await size(file)) < limitBytes) return;
  for (let number = GENERATIONS - 1; number >= 1; number -= 1) {
    if ((await size(generation(file, number))) > 0)
      await rename(generation(file, number), generation(file, number + 1));
  }
  await copyFile(file, generation(file, 1));
  await truncate(file);
}

/** The file that is written now (0), and those before it. */
export function generation(file: string, number: number): string {
  return number === 0 ? file : `${file}.${number}`;
}

/** Rotates each of `files` that has grown too long, every few seconds. Returns what ends it. */
export function keepRotated(files: () => readonly string[], failed: (error: unknown) => void): () => void {
  const rotating = repeat({
    work: () => Promise.all(files().map((file) => rotate(file))),
    waitMs: (ran) => {
      if (!ran.ok) failed(ran.error);
      return ROTATE_EVERY_MS;
    },
    firstMs: ROTATE_EVERY_MS,
  });
  return () => void rotating.stop();
}

/** The last lines of a log, empty when there is none. Reads at most 64 KiB from its end. */
export async function tail(file: string, lines: number): Promise<string> {
  const length = await size(file);
  const text = await readFrom(file, Math.max(0, length - 65_536), length);
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

export async function size(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** The text of a file between two byte positions. */
export async function readFrom(file: string, from: number, to: number): Promise<string> {
  if (to <= from) return '';
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
