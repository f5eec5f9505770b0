import type { Entry, Verdict } from '../types.ts';
import type { Waiting } from './lane.ts';

/** An entry and its caller, who waits for the verdict until a moment of `performance.now()`. */
export class WaitingEntry implements Waiting {
  readonly entry: Entry;
  readonly endsAtMs: number;
  readonly #resolve: (verdict: Verdict) => void;
  readonly #reject: (error: unknown) => void;
  settled = false;

  constructor(
    entry: Entry,
    endsAtMs: number,
    resolve: (verdict: Verdict) => void,
    reject: (error: unknown) => void,
  ) {
    this.entry = entry;
    this.endsAtMs = endsAtMs;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answer(verdict: Verdict): void {
    this.settled = true;
    this.#resolve(verdict);
  }

  fail(error: unknown): void {
    this.settled = true;
    this.#reject(error);
  }
}
