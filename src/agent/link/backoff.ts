/**
 * The wait before the next try: doubles from `firstMs` to `mostMs`, and is drawn from its upper half, so that a
 * thousand agents that lost control at once do not come back at once.
 */
export interface Backoff {
  nextMs(): number;
  reset(): void;
}

export function createBackoff(firstMs: number, mostMs: number, random: () => number = Math.random): Backoff {
  let waitMs = firstMs;
  return {
    nextMs() {
      const drawn = waitMs * (0.5 + random() / 2);
      waitMs = Math.min(mostMs, waitMs * 2);
      return drawn;
    },
    reset() {
      waitMs = firstMs;
    },
  };
}
