/** How a run ended. `failures`: so many in a row by now. */
export type Ran<T> = { ok: true; value: T } | { ok: false; error: unknown; failures: number };

export interface Repetition<T> {
  /** One run. It bounds its own time (R1): the next one waits for its end. */
  work: () => Promise<T>;
  /**
   * How long after this run the next one begins; 0: at once. Called once after each run that the loop
   * survives.
   */
  waitMs: (ran: Ran<T>) => number;
  /** Before the first run (0: it begins at once). */
  firstMs?: number;
  /** How long after a hint a run begins (0), so that hints which come together cost one run. */
  gatherMs?: number;
  /** Its waits keep the process alive (they do not): it is what the process is for. */
  keepsAlive?: boolean;
}

export interface Loop<T> {
  /** A run begins now, unless one is on. */
  now(): void;
  /**
   * There is something to do: a hint. The wait that is on is cut short, or the one after the run that is on.
   * After a failed run it is not: what is down would be asked as often as there are hints.
   */
  wake(): void;
  /** The run that is on. Never rejects. */
  running(): Promise<Ran<T>> | undefined;
  /** Resolves when the run that is on has ended; there are no more. */
  stop(): Promise<void>;
}

/** A timer that is given more fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A background loop: runs `work` again and again until it is stopped, never two runs at once.
 * Our own: what schedulers on npm share is cron, and none of them has hints.
 */
export function repeat<T>({
  work,
  waitMs,
  firstMs = 0,
  gatherMs = 0,
  keepsAlive = false,
}: Repetition<T>): Loop<T> {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<Ran<T>> | undefined;
  /** A hint cuts short the wait that is on. */
  let mayCut = false;
  /** A hint came while a run was on. */
  let hinted = false;
  let failures = 0;
  let stopped = false;

  function now(): void {
    if (stopped || running !== undefined) return;
    clearTimeout(timer);
    mayCut = false;
    running = run();
  }

  async function run(): Promise<Ran<T>> {
    const ran = await outcome();
    running = undefined;
    if (stopped) return ran;
    const ms = waitMs(ran);
    // What was hinted at may be another thing than what is gone on with: the hint is kept.
    if (ms <= 0) now();
    else if (ran.ok && hinted) begin(gatherMs);
    else begin(ms, ran.ok);
    return ran;
  }

  async function outcome(): Promise<Ran<T>> {
    try {
      const value = await work();
      failures = 0;
      return { ok: true, value };
    } catch (error) {
      failures += 1;
      return { ok: false, error, failures };
    }
  }

  function begin(ms: number, cuttable = false): void {
    hinted = false;
    mayCut = cuttable;
    clearTimeout(timer);
    if (ms <= 0) {
      now();
      return;
    }
    timer = setTimeout(now, Math.min(ms, LONGEST_TIMER_MS));
    if (!keepsAlive) timer.unref();
  }

  begin(firstMs, true);
  return {
    now,
    wake() {
      if (running !== undefined) hinted = true;
      else if (mayCut) begin(gatherMs);
    },
    running: () => running,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
