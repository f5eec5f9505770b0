import type { Log } from '../../platform/log.ts';

/** How long a step with nothing to do waits before it looks again: the first time, and at most. */
const IDLE_MS = { first: 50, most: 250 };
/** A step that failed: the database is away, or worse. */
const FAILED_MS = 1_000;

/** Steps that are repeated, each by itself, until `signal` aborts. Polling is the truth; a hint cuts a wait short. */
export interface StepLoops {
  /** Settles after the abort, when the step has finished the batch that it had. A step returns how many rows it dealt with. */
  repeat(loop: string, step: () => Promise<number>): Promise<void>;
  /** There is something to do for this loop. */
  hint(loop: string): void;
}

/** `full`: a step that dealt with so many may have left some. Any number of processes may run the same loops. */
export function stepLoops({ full, signal, log }: { full: number; signal: AbortSignal; log: Log }): StepLoops {
  const hints = new EventTarget();

  async function repeat(loop: string, step: () => Promise<number>): Promise<void> {
    let idleMs = IDLE_MS.first;
    while (!signal.aborted) {
      const handled = await step().catch((error: unknown) => {
        log.error({ err: error, loop }, 'a step of the settlement failed; it is tried again');
        return 'failed' as const;
      });
      if (handled === 'failed') idleMs = FAILED_MS;
      else if (handled >= full) continue;
      else idleMs = handled > 0 ? IDLE_MS.first : Math.min(idleMs * 2, IDLE_MS.most);
      await pause(loop, idleMs);
    }
  }

  function pause(loop: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        hints.removeEventListener(loop, end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      hints.addEventListener(loop, end);
      signal.addEventListener('abort', end);
    });
  }

  return { repeat, hint: (loop) => void hints.dispatchEvent(new Event(loop)) };
}
