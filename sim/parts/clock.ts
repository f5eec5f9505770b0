/** Virtual time: what is to happen, in order of time, and in order of asking where the time is the same. */
export interface Clock {
  /** ms since the epoch. */
  readonly now: number;
  at(time: number, happen: () => void): void;
  after(ms: number, happen: () => void): void;
  every(ms: number, happen: () => void): void;
  /** Lets everything happen that is due until `end`, or until `stop` says so. */
  run(end: number, stop?: () => boolean): void;
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
    run(end, stop = () => false) {
      while (!stop()) {
        const [top] = heap;
        if (top === undefined || top.time > end) break;
        pop();
        now = top.time;
        top.happen();
      }
      if (!stop()) now = Math.max(now, end);
    },
  };
}
