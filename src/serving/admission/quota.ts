import { LRUCache } from 'lru-cache';
import type { Operation } from '../types.ts';

/**
 * What one app may ask of one product, counted by this process alone: over several processes behind one address an app has
 * the sum. Read for each request.
 */
export interface QuotaSettings {
  /** Spike arrest: a bucket of `spikeBurst` tokens, refilled at `spikePerSecond`. */
  spikePerSecond: number;
  spikeBurst: number;
  /** Quota: requests in a window that begins with the first of them. */
  quotaRequests: number;
  quotaWindowMs: number;
  /** Allowances remembered (an app has one for each product), least recently used forgotten first; taken at start. */
  maxAllowances: number;
}

export const defaultQuotaSettings: QuotaSettings = {
  spikePerSecond: 500,
  spikeBurst: 1_000,
  quotaRequests: 5_000_000,
  quotaWindowMs: 86_400_000,
  maxAllowances: 10_000,
};

/** `spike`: too fast, a moment later it is taken; `quota`: not before the window ends. */
export type QuotaVerdict = 'ok' | 'spike' | 'quota';

export interface Quota {
  take(appId: string, operation: Pick<Operation, 'product'>): QuotaVerdict;
  /** Allowances remembered now. */
  readonly size: number;
}

export interface Allowance {
  tokens: number;
  filledAt: number;
  used: number;
  windowBeganAt: number;
}

/** One request of an app. A refused request uses neither a token nor the quota. */
export function stepAllowance(
  before: Allowance | undefined,
  now: number,
  { spikePerSecond, spikeBurst, quotaRequests, quotaWindowMs }: QuotaSettings,
): { allowance: Allowance; verdict: QuotaVerdict } {
  const { tokens, filledAt, used, windowBeganAt } = before ?? {
    tokens: spikeBurst,
    filledAt: now,
    used: 0,
    windowBeganAt: now,
  };
  const windowEnded = now - windowBeganAt >= quotaWindowMs;
  const allowance = {
    tokens: Math.min(spikeBurst, tokens + (Math.max(0, now - filledAt) * spikePerSecond) / 1_000),
    filledAt: now,
    used: windowEnded ? 0 : used,
    windowBeganAt: windowEnded ? now : windowBeganAt,
  };
  if (allowance.used >= quotaRequests) return { allowance, verdict: 'quota' };
  if (allowance.tokens < 1) return { allowance, verdict: 'spike' };
  return {
    allowance: { ...allowance, tokens: allowance.tokens - 1, used: allowance.used + 1 },
    verdict: 'ok',
  };
}

/** `now` is in monotonic milliseconds. */
export function createQuota(settings: () => QuotaSettings, now = () => performance.now()): Quota {
  const allowances = new LRUCache<string, Allowance>({ max: settings().maxAllowances });
  return {
    get size() {
      return allowances.size;
    },
    take(appId, { product }) {
      const key = `${product} ${appId}`;
      const { allowance, verdict } = stepAllowance(allowances.get(key), now(), settings());
      allowances.set(key, allowance);
      return verdict;
    },
  };
}
