import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { within } from '../loop/within.ts';

/** A disk that hangs has no file. */
const READ_MS = 2_000;

/** Parts that begin with a letter or a digit: nothing of it leads out of the folder, or to a hidden file. */
const INSIDE = /^(?:[A-Za-z0-9][\w.-]*\/)*[A-Za-z0-9][\w.-]*$/;

/**
 * Files in a folder that a web server reads while they are written: each is whole, the old one or the new
 * one. What has not changed is not written again.
 */
export class Folder {
  readonly #directory: string;
  /** The files of the last writing, and those of earlier ones that the disk did not take. */
  readonly #files = new Map<string, { readonly text: string; onDisk: boolean }>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(files: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of files)
      if (this.#files.get(path)?.text !== text) this.#files.set(path, { text, onDisk: false });
    for (const [path, kept] of this.#files) {
      if (!kept.onDisk) {
        const file = join(this.#directory, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(`${file}.new`, kept.text);
        await rename(`${file}.new`, file);
        kept.onDisk = true;
      }
      // A report is made once, and read from the disk.
      if (!files.has(path)) this.#files.delete(path);
    }
  }

  /**
   * The newest text of a file, also while the disk takes nothing; from the disk what an earlier process
   * wrote. `undefined`: there is none, or the path is none inside the folder.
   */
  async read(path: string): Promise<string | undefined> {
    if (!INSIDE.test(path)) return undefined;
    const kept = this.#files.get(path);
    if (kept !== undefined) return kept.text;
    return within(READ_MS, path, (signal) =>
      readFile(join(this.#directory, path), { encoding: 'utf8', signal }),
    ).catch(() => undefined);
  }
}
