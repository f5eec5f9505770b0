import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Files in a folder that a web server reads while they are written: each is whole, the old one or the new
 * one. What has not changed is not written again.
 */
export class Folder {
  readonly #directory: string;
  readonly #written = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(files: ReadonlyMap<string, string>): Promise<void> {
    for (const [path, text] of files) {
      if (this.#written.get(path) === text) continue;
      const file = join(this.#directory, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
      this.#written.set(path, text);
    }
  }
}
