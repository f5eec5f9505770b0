import type { ShareLimits } from './shares.ts';

/** A turn of the event loop that takes so long makes a receiver seem slow that is not. */
const LATE_MS = 50;
/** One that takes so long comes too late to all answers: an attempt is a handful of turns … */
const TOO_LATE_MS = 1_000;
/** … and one that takes no longer than this leaves room for more attempts. */
const IN_TIME_MS = 250;
const LEAST = 1 / 8;
const KEPT = 0.5;
const EARNED = 1 / 16;

/**
 * How many of its slots this process may use: one that is so short of processor that it would come too late
 * to the answers looks after fewer. Additive increase, multiplicative decrease, by how long the turns of its
 * event loop take. A process that is merely short of processor needs more attempts in flight than another to
 * send as many a second, so it keeps them.
 */
export class Pace {
  #share = 1;
  #turnMs = 0;

  /** The last turns took so long at most, all but a few. */
  turned(ms: number): void {
    this.#turnMs = ms;
    if (ms > TOO_LATE_MS) this.#share = Math.max(LEAST, this.#share * KEPT);
    else if (ms <= IN_TIME_MS) this.#share = Math.min(1, this.#share + EARNED);
  }

  /** How long an attempt took may say more of this process than of the receiver. */
  get late(): boolean {
    return this.#turnMs > LATE_MS;
  }

  within({ maxConcurrent, maxConcurrentPerHost }: ShareLimits): ShareLimits {
    return { maxConcurrent: Math.ceil(maxConcurrent * this.#share), maxConcurrentPerHost };
  }
}
