/** How long an answer took, in monotonic milliseconds. */
export interface Took {
  readonly ms: number;
  readonly now: number;
}

/** Slots of a host that has answered for the first time; a slow one keeps so many. */
export const FIRST = 8;
/** Whatever the settings say. */
const MOST = 10_000;
/** Slow is an answer that takes so many times as long as the quickest of late … */
const SLOWER = 3;
/** … and no less than this: below it the noise of two machines is larger. */
const FLOOR_MS = 50;
const KEPT = 0.7;
/** Weight of the newest answer in the mean. */
const NEWEST = 0.1;
/** The quickest answer is remembered for one to two of these: who has become slow for good is one. */
const REMEMBERED_MS = 30_000;

/**
 * How many attempts may be in flight to a host that answers: additive increase, multiplicative decrease.
 * While its answers are about as quick as the quickest of late, each one that came with half of the slots in
 * use earns a slot more, which doubles them in a round; after the first decrease a round earns one. When the
 * mean of the answers has become three times as long, they queue at the receiver: the limit falls by a third,
 * once in the time that an answer takes, and not below what a host begins with.
 */
export class HostLimit {
  #limit = FIRST;
  #meanMs = 0;
  /** Since a moment, and in the time before it. */
  #quickest: { ms: number; beforeMs: number; since: number } | undefined;
  /** Monotonic milliseconds; `undefined`: it has never decreased. */
  #decreasedAt: number | undefined;

  get slots(): number {
    return Math.floor(this.#limit);
  }

  /**
   * With so many attempts in flight, itself included. `took`: `undefined`: that says nothing of the host,
   * which did answer.
   */
  answered(inFlight: number, took: Took | undefined): void {
    if (took !== undefined && this.#isSlow(took)) this.#decrease(took.now);
    // More than is used was not tried, so nothing is known of it.
    else if (inFlight * 2 >= this.#limit) {
      const earned = this.#decreasedAt === undefined ? 1 : 1 / this.#limit;
      this.#limit = Math.min(MOST, this.#limit + earned);
    }
  }

  #decrease(now: number): void {
    const lasted = now - (this.#decreasedAt ?? Number.NEGATIVE_INFINITY);
    if (this.#limit === FIRST || lasted < this.#meanMs) return;
    this.#limit = Math.max(FIRST, this.#limit * KEPT);
    this.#decreasedAt = now;
  }

  #isSlow({ ms, now }: Took): boolean {
    if (this.#quickest === undefined) this.#meanMs = ms;
    this.#meanMs += (ms - this.#meanMs) * NEWEST;
    return this.#meanMs > Math.max(FLOOR_MS, SLOWER * this.#learnQuickest({ ms, now }));
  }

  #learnQuickest({ ms, now }: Took): number {
    const { since = now, ms: latelyMs = ms, beforeMs = ms } = this.#quickest ?? {};
    const age = now - since;
    const quickest =
      age < REMEMBERED_MS
        ? { ms: Math.min(latelyMs, ms), beforeMs, since }
        : { ms, beforeMs: age < 2 * REMEMBERED_MS ? latelyMs : ms, since: now };
    this.#quickest = quickest;
    return Math.min(quickest.ms, quickest.beforeMs);
  }
}
