import type { RetryRules } from '../settings.ts';
import type { Outcome } from '../types.ts';

/** What becomes of a callback after an attempt. */
export type NextStep =
  | { state: 'delivered' | 'exhausted' | 'refused' }
  /** `spent`: the attempt used up one of the schedule's. */
  | { state: 'pending'; dueAt: number; spent: boolean };

export interface AttemptFacts {
  outcome: Pick<Outcome, 'kind' | 'retryAfter'>;
  /** Attempts of the schedule that were spent before this one. */
  spentBefore: number;
  /** How long ago the callback was written. */
  ageMs: number;
}

/** While no name server answers, a callback waits so long, and is asked for so often. */
const NAME_SERVER_PATIENCE_MS = 3_600_000;
const NAME_SERVER_RETRY_MS = 30_000;

/**
 * Pure. An attempt that got no answer from the name servers has not left the house, so it is not one of the
 * schedule's: our own resolver's outage must not use up a receiver's only attempt. After an hour it counts.
 * `now` in milliseconds since the epoch; `random` in [0, 1).
 */
export function nextStep(facts: AttemptFacts, rules: RetryRules, now: number, random: number): NextStep {
  const { outcome, spentBefore, ageMs } = facts;
  switch (outcome.kind) {
    case 'delivered':
    case 'refused':
      return { state: outcome.kind };
    case 'no_answer':
      if (ageMs < NAME_SERVER_PATIENCE_MS) {
        return { state: 'pending', dueAt: now + NAME_SERVER_RETRY_MS, spent: false };
      }
      return afterFailure(spentBefore, outcome.retryAfter, rules, now, random);
    case 'rejected':
    case 'timeout':
    case 'no_address':
    case 'connection':
      return afterFailure(spentBefore, outcome.retryAfter, rules, now, random);
    default: {
      const unknown: never = outcome.kind;
      throw new Error(`unknown outcome ${unknown}`);
    }
  }
}

function afterFailure(
  spentBefore: number,
  retryAfter: string | null,
  rules: RetryRules,
  now: number,
  random: number,
): NextStep {
  const waitSeconds = rules.retryAfterSeconds[spentBefore];
  if (waitSeconds === undefined) return { state: 'exhausted' };
  const waitMs = waitSeconds * 1_000 * (1 - rules.retryJitter * random);
  const askedMs = Math.min(retryAfterMs(retryAfter, now), rules.maxRetryAfterSeconds * 1_000);
  return { state: 'pending', dueAt: now + Math.max(waitMs, askedMs), spent: true };
}

/** `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3); anything else asks for nothing. */
function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : at - now;
}
