import type { Entry } from './entry.ts';

/** The newest entries, in memory: what changed lately must be known when the disk hangs. */
export class Recent {
  readonly #entries: Entry[] = [];

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MOST + SLACK) this.#entries.splice(0, SLACK);
  }

  all(): readonly Entry[] {
    return this.#entries;
  }
}

const MOST = 20_000;
const SLACK = 2_000;
