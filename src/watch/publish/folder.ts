import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Parts that begin with a letter or a digit: nothing of it leads out of the folder, or to a hidden file. */
const INSIDE = /^(?:[A-Za-z0-9][\w.-]*\/)*[A-Za-z0-9][\w.-]*$/;

/**
 * Files in a folder that a web server reads while they are written: each is whole, the old one or the new
 * one. What has not changed is not written again.
 */
export class Folder {
  readonly #directory: string;
  readonly #written = new Map<string, string>();
  readonly #newest = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(files: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of files) this.#newest.set(path, text);
    for (const [path, text] of files) {
      if (this.#written.get(path) === text) continue;
      const file = join(this.#directory, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
      this.#written.set(path, text);
    }
  }

  /**
   * The newest text of a file, also while the disk takes nothing; from the disk what an earlier process
   * wrote. `undefined`: there is none, or the path is none inside the folder.
   */
  async read(path: string): Promise<string | undefined> {
    if (!INSIDE.test(path)) return undefined;
    const newest = this.#newest.get(path);
    return newest ?? readFile(join(this.#directory, path), 'utf8').catch(() => undefined);
  }
}
