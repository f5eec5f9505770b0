/**
 * Keeps retries and hedges a small part of the traffic, however many calls fail: each call earns a fifth of
 * an extra attempt and each second three, up to a store of twenty (gRPC's retry throttling, Finagle's retry
 * budget).
 */
export interface RetryBudget {
  /** A call has begun. */
  earn(): void;
  /** Whether one more attempt may be made; takes it from the budget. */
  spend(): boolean;
}

const perCall = 0.2;
const perSecond = 3;
const most = 20;

export function createRetryBudget(nowMs: () => number = () => performance.now()): RetryBudget {
  let attempts = most;
  let atMs = nowMs();
  function earn(amount: number): void {
    const now = nowMs();
    attempts = Math.min(most, attempts + amount + ((now - atMs) / 1_000) * perSecond);
    atMs = now;
  }
  return {
    earn: () => earn(perCall),
    spend() {
      earn(0);
      if (attempts < 1) return false;
      attempts -= 1;
      return true;
    },
  };
}
