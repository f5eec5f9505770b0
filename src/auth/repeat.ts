import { Deadline, within } from '../platform/deadline.ts';

export interface Repetition {
  /** Between two good runs; read before each wait. */
  intervalMs: () => number;
  /** A run that has not settled by then has failed. */
  timeoutMs: number;
  /** `false`: it failed, and is tried again sooner, after a growing wait of at most `longestRetryMs`. */
  work: (deadline: Deadline) => Promise<boolean>;
  longestRetryMs: number;
  onError: (error: unknown) => void;
}

/** A background loop: never two runs at once. */
export interface Loop {
  /** Runs now, or joins the run that is on; resolves with its outcome. */
  now(): Promise<boolean>;
  /** The run that is on. */
  running(): Promise<boolean> | undefined;
  stop(): void;
}

const firstRetryMs = 250;
/** A timer that is given more fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` for ever, each wait ± 20 % so that many processes do not beat together. Does not keep the process
 * alive. The first run starts at once.
 */
export function repeat({ intervalMs, timeoutMs, work, longestRetryMs, onError }: Repetition): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<boolean> | undefined;
  let failures = 0;
  let stopped = false;

  async function run(): Promise<boolean> {
    clearTimeout(timer);
    const deadline = Deadline.in(timeoutMs);
    const good = await within(deadline, 'background run', () => work(deadline)).catch((error: unknown) => {
      onError(error);
      return false;
    });
    failures = good ? 0 : failures + 1;
    running = undefined;
    const waitMs = nextRunMs({ failures, intervalMs: intervalMs(), longestRetryMs }, Math.random);
    if (!stopped) timer = setTimeout(now, waitMs).unref();
    return good;
  }

  function now(): Promise<boolean> {
    if (stopped) return Promise.resolve(false);
    running ??= run();
    return running;
  }

  void now();
  return {
    now,
    running: () => running,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** The wait before the next run, after so many failed ones in a row. */
export function nextRunMs(
  { failures, intervalMs, longestRetryMs }: { failures: number; intervalMs: number; longestRetryMs: number },
  random: () => number,
): number {
  const waitMs = failures === 0 ? intervalMs : Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
  return Math.min(waitMs * (0.8 + random() * 0.4), LONGEST_TIMER_MS);
}
