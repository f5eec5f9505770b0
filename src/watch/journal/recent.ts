import type { Entry } from './entry.ts';

const MOST = 20_000;

/** The newest entries, in memory: what changed lately must be known when the disk hangs. */
export class Recent<T extends Entry = Entry> {
  readonly #most: number;
  readonly #entries: T[] = [];

  constructor(most = MOST) {
    this.#most = most;
  }

  /** What is over the bound leaves a tenth at a time: to move all entries for each would cost too much. */
  add(entry: T): void {
    this.#entries.push(entry);
    if (this.#entries.length > this.#most * 1.1) this.#entries.splice(0, this.#entries.length - this.#most);
  }

  all(): readonly T[] {
    return this.#entries;
  }
}
