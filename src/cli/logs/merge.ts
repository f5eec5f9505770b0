import type { Entries, Entry } from './entries.ts';

interface Stream {
  entries: Entries;
  /** Its next one; `undefined`: there was none when it was looked. */
  head: Entry | undefined;
}

/**
 * The entries of all processes by their place in time. Of each log one entry is kept, however long they are.
 * At the same time a log's entries stay together.
 */
export class Merge {
  readonly #streams: Stream[] = [];
  #last: Stream | undefined;
  readonly #ends: boolean;

  /** `ends`: nothing more is waited for. */
  constructor(logs: readonly Entries[], { ends }: { ends: boolean }) {
    this.#ends = ends;
    for (const entries of logs) this.add(entries);
  }

  add(entries: Entries): void {
    this.#streams.push({ entries, head: undefined });
  }

  /** Looks again into those logs that had nothing more. */
  async look(): Promise<void> {
    for (const stream of this.#streams) {
      stream.head ??= await stream.entries.next({ ends: this.#ends });
    }
  }

  /**
   * The next one of those that `look` found, and of what follows them in their logs; none that `isDue` says
   * no to.
   */
  async next(isDue: (placeMs: number) => boolean = () => true): Promise<Entry | undefined> {
    let first: Stream | undefined;
    for (const stream of this.#streams) {
      if (stream.head === undefined || !isDue(stream.head.placeMs)) continue;
      const before = stream.head.placeMs - (first?.head?.placeMs ?? Number.POSITIVE_INFINITY);
      if (before < 0 || (before === 0 && stream === this.#last)) first = stream;
    }
    const entry = first?.head;
    if (first === undefined || entry === undefined) return undefined;
    this.#last = first;
    first.head = await first.entries.next({ ends: this.#ends });
    return entry;
  }

  /** The time after which no entry is missing: what was left out of the logs is older. */
  get completeFromMs(): number {
    const begins = this.#streams.filter(({ entries }) => !entries.isWhole);
    return Math.max(
      ...begins.map(({ head }) => head?.placeMs ?? Number.POSITIVE_INFINITY),
      Number.NEGATIVE_INFINITY,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#streams.map(({ entries }) => entries.close()));
  }
}
