import { setImmediate as settled } from 'node:timers/promises';

/**
 * Virtual time: what is to happen, in order of time, and in order of asking where the time is the same. What
 * is asynchronous takes no time of its own: all that goes on after an await has gone on before the next thing
 * happens.
 */
export interface Clock {
  /** ms since the epoch. */
  readonly now: number;
  at(time: number, happen: () => void): void;
  after(ms: number, happen: () => void): void;
  every(ms: number, happen: () => void): void;
  /**
   * Something asynchronous goes on with what happens now. Its failure is an error of the program, and ends
   * the run.
   */
  goOn(work?: Promise<void>): void;
  /**
   * Lets everything happen that is due until `end`, or until `stop` says so. Rejects with what was thrown.
   */
  run(end: number, stop?: () => boolean): Promise<void>;
}

interface Due {
  readonly time: number;
  readonly order: number;
  readonly happen: () => void;
}

export function createClock(start: number): Clock {
  /** A binary heap, the earliest at the top. */
  const heap: Due[] = [];
  let now = start;
  let asked = 0;
  let goesOn = false;
  let thrown: { readonly error: unknown } | undefined;

  const before = (a: Due | undefined, b: Due | undefined): boolean =>
    a !== undefined && (b === undefined || a.time < b.time || (a.time === b.time && a.order < b.order));
  const swap = (a: number, b: number): void => {
    const [first, second] = [heap[a], heap[b]];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  };
  const push = (due: Due): void => {
    heap.push(due);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at], heap[parent])) return;
      swap(at, parent);
      at = parent;
    }
  };
  const pop = (): Due | undefined => {
    const [top] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = before(heap[right], heap[left]) ? right : left;
      if (!before(heap[child], heap[at])) return top;
      swap(at, child);
      at = child;
    }
  };

  return {
    get now() {
      return now;
    },
    at(time, happen) {
      push({ time: Math.max(time, now), order: asked++, happen });
    },
    after(ms, happen) {
      this.at(now + ms, happen);
    },
    every(ms, happen) {
      this.after(ms, () => {
        happen();
        this.every(ms, happen);
      });
    },
    goOn(work) {
      goesOn = true;
      work?.catch((error: unknown) => {
        thrown ??= { error };
      });
    },
    async run(end, stop = () => false) {
      while (!stop()) {
        const [top] = heap;
        if (top === undefined || top.time > end) break;
        pop();
        now = top.time;
        top.happen();
        if (!goesOn) continue;
        // The next turn of Node's own loop comes when no promise has anything left to do.
        await settled();
        goesOn = false;
        if (thrown !== undefined) throw thrown.error;
      }
      if (!stop()) now = Math.max(now, end);
    },
  };
}
