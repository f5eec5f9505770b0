/** Answers of the last seconds, and how many of them failed for a reason that is ours. */
export interface Answers {
  answered: number;
  failed: number;
}

const SECONDS = 5;

/**
 * Counts over a window that moves on by whole seconds: the last five, of which the current one is not over.
 */
export class RecentAnswers {
  readonly #seconds: { second: number; answered: number; failed: number }[] = [];
  readonly #now: () => number;

  /** `now`: monotonic milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(failed: boolean): void {
    const second = Math.floor(this.#now() / 1_000);
    let last = this.#seconds.at(-1);
    if (last?.second !== second) {
      last = { second, answered: 0, failed: 0 };
      this.#seconds.push(last);
      if (this.#seconds.length > SECONDS) this.#seconds.shift();
    }
    last.answered += 1;
    if (failed) last.failed += 1;
  }

  sum(): Answers {
    const since = Math.floor(this.#now() / 1_000) - SECONDS;
    const recent = this.#seconds.filter(({ second }) => second > since);
    return {
      answered: recent.reduce((sum, { answered }) => sum + answered, 0),
      failed: recent.reduce((sum, { failed }) => sum + failed, 0),
    };
  }
}
