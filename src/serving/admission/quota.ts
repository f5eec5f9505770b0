import { LRUCache } from 'lru-cache';
import type { Static } from 'typebox';
import { builtIn, count, defaultsOf, milliseconds, section } from '../../platform/settings.ts';
import type { Operation } from '../types.ts';

/**
 * What one app may ask of one product, counted by this process alone: over several processes behind one
 * address an app has the sum. Read for each request, but for `maxAllowances`. Spike arrest is a bucket of
 * `spikeBurst` tokens, refilled at `spikePerSecond`; an app has an allowance for each product, and the least
 * recently used is forgotten first.
 */
export const quotaSettings = section(
  {
    spikePerSecond: builtIn(
      500,
      count('Requests a second of one app to one product, lasting.', 1, 1_000_000),
    ),
    spikeBurst: builtIn(1_000, count('… and at once.', 1, 1_000_000)),
    quotaRequests: builtIn(
      5_000_000,
      count('Requests in a window that begins with the first of them.', 1, 1_000_000_000),
    ),
    quotaWindowMs: builtIn(86_400_000, milliseconds('That window.', 1_000, 2_678_400_000)),
    maxAllowances: builtIn(
      10_000,
      count('Allowances remembered by a process; read at start.', 100, 1_000_000),
    ),
  },
  'Spike arrest and quota of one app, counted by each process alone.',
);

export type QuotaSettings = Static<typeof quotaSettings>;

export const defaultQuotaSettings = defaultsOf(quotaSettings);

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
