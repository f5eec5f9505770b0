import type { Reading } from './detect/reading.ts';
import type { Entry } from './journal/entry.ts';

const EVERY_MS = 10_000;

/**
 * Adds up how requests went, and says it for each service every ten seconds in which some failed, or while
 * `matters`: an incident takes its severity and its counts from there.
 */
export class ImpactCount {
  readonly #write: (entry: Entry) => void;
  readonly #sums = new Map<string, { good: number; bad: number }>();
  #from: number;

  constructor(write: (entry: Entry) => void, now: number) {
    this.#write = write;
    this.#from = now;
  }

  count(readings: readonly Reading[]): void {
    for (const { series, good, bad } of readings) {
      const sum = this.#sums.get(series.service) ?? { good: 0, bad: 0 };
      this.#sums.set(series.service, { good: sum.good + good, bad: sum.bad + bad });
    }
  }

  /** `at`: ms since 1970. */
  tick(at: number, matters: boolean): void {
    if (at >= this.#from && at - this.#from < EVERY_MS) return;
    const from = Math.min(this.#from, at);
    this.#from = at;
    for (const [subject, { good, bad }] of this.#sums)
      if (bad > 0 || (matters && good > 0))
        this.#write({
          at,
          source: 'detector',
          kind: 'impact.counted',
          subject,
          text: `${bad} of ${good + bad} requests failed.`,
          data: { from, to: at, good, bad },
        });
    this.#sums.clear();
  }
}
