import { forPrograms, print } from '../terminal/terminal.ts';
import type { Entry } from './entries.ts';
import { type Filter, isSynthetic, isWanted } from './filter.ts';
import type { Secrets } from './secrets.ts';
import { jsonOf, lineOf } from './text.ts';

/** What is shown of the logs, and in which form. */
export class Shown {
  readonly #filter: Filter;
  readonly #secrets: Secrets;
  #width = 0;
  lines = 0;
  /** Whether synthetic traffic alone kept a line from being shown. */
  leftOut = false;

  constructor(filter: Filter, secrets: Secrets) {
    this.#filter = filter;
    this.#secrets = secrets;
  }

  /** Makes room for the names of these processes. */
  widen(names: readonly string[]): void {
    this.#width = Math.max(this.#width, ...names.map(({ length }) => length));
  }

  wants(entry: Entry): boolean {
    this.#filter.payment?.learn(entry);
    const isWantedNow = isWanted(entry, this.#filter);
    if (!isWantedNow && isSynthetic(entry))
      this.leftOut ||= isWanted(entry, { ...this.#filter, synthetic: true });
    return isWantedNow;
  }

  show(entry: Entry): void {
    const { message, fields } = entry;
    const masked = { ...entry, message: this.#secrets.mask(message), fields: this.#secrets.mask(fields) };
    this.lines += 1;
    print(forPrograms() ? jsonOf(masked) : lineOf(masked, this.#width));
  }
}
