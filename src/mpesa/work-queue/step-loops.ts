import type { Log } from '../../platform/log.ts';
import { type Loop, repeat } from '../../platform/loop/repeat.ts';

/**
 * How long a step with nothing to do waits before it looks again: the first time, at most, and at most
 * where nobody notices a second, so that an idle worker costs little.
 */
const IDLE_MS = { first: 50, most: 250, mostCalm: 1_000 };
/** A step that failed: the database is away, or worse. */
const FAILED_MS = 1_000;

/**
 * Steps that are repeated, each by itself, until `signal` aborts. Polling is the truth; a hint cuts a wait
 * short.
 */
export interface StepLoops {
  /**
   * Settles after the abort, when the step has finished the batch that it had. A step returns how many rows
   * it dealt with. `calm`: what it finds comes with a hint, or nobody waits for it.
   */
  repeat(loop: string, step: () => Promise<number>, options?: { calm: boolean }): Promise<void>;
  /** There is something to do for this loop. */
  hint(loop: string): void;
}

/**
 * `full`: a step that dealt with so many may have left some. Any number of processes may run the same loops.
 */
export function stepLoops({ full, signal, log }: { full: number; signal: AbortSignal; log: Log }): StepLoops {
  const loops = new Map<string, Loop<number>>();

  function start(name: string, work: () => Promise<number>, most: number): Loop<number> {
    let idleMs = IDLE_MS.first;
    return repeat({
      work,
      waitMs(ran) {
        if (!ran.ok) {
          log.error({ err: ran.error, loop: name }, 'a step of the settlement failed; it is tried again');
          return FAILED_MS;
        }
        if (ran.value >= full) return 0;
        idleMs = ran.value > 0 ? IDLE_MS.first : Math.min(idleMs * 2, most);
        return idleMs;
      },
      keepsAlive: true,
    });
  }

  return {
    async repeat(name, work, { calm } = { calm: false }) {
      if (signal.aborted) return;
      const loop = start(name, work, calm ? IDLE_MS.mostCalm : IDLE_MS.most);
      loops.set(name, loop);
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await loop.stop();
    },
    hint: (name) => loops.get(name)?.wake(),
  };
}
