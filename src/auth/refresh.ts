import { Deadline, within } from '../platform/deadline.ts';
import { ceilingMs } from '../platform/loop/backoff.ts';
import { type Loop, type Ran, repeat } from '../platform/loop/repeat.ts';

export interface Refreshing {
  /** Between two good runs; read before each wait. */
  intervalMs: () => number;
  /** A run that has not settled by then has failed. */
  timeoutMs: number;
  /** `false`: it failed, and is tried again sooner, after a growing wait of at most `longestRetryMs`. */
  work: (deadline: Deadline) => Promise<boolean>;
  longestRetryMs: number;
  onError: (error: unknown) => void;
}

const FIRST_RETRY_MS = 250;

/**
 * Runs `work` for ever, the first time at once, each wait ± 20 % so that many processes do not beat together.
 */
export function keepRefreshing({
  intervalMs,
  timeoutMs,
  work,
  longestRetryMs,
  onError,
}: Refreshing): Loop<void> {
  const waitMs = (ran: Ran<void>) => {
    if (!ran.ok && !(ran.error instanceof NotGood)) onError(ran.error);
    const failures = ran.ok ? 0 : ran.failures;
    return nextRunMs({ failures, intervalMs: intervalMs(), longestRetryMs }, Math.random);
  };
  return repeat({
    waitMs,
    work: async () => {
      const deadline = Deadline.in(timeoutMs);
      if (!(await within(deadline, 'background run', () => work(deadline)))) throw new NotGood();
    },
  });
}

/** What went wrong was said already. */
class NotGood extends Error {}

/** The wait before the next run, after so many failed ones in a row. */
export function nextRunMs(
  { failures, intervalMs, longestRetryMs }: { failures: number; intervalMs: number; longestRetryMs: number },
  random: () => number,
): number {
  const retry = { firstMs: FIRST_RETRY_MS, mostMs: longestRetryMs };
  return (failures === 0 ? intervalMs : ceilingMs(retry, failures)) * (0.8 + random() * 0.4);
}
