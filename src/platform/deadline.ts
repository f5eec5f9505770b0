/**
 * R1: nothing waits without a deadline. A `Deadline` is made where the work enters (a request, a job) and
 * handed down; every wait below it takes what is left. `within` is the outer race: it settles at the deadline
 * whatever the work does, and only then tells the work to stop, because no client library can be trusted to
 * keep a deadline while it waits for an address, a connection or a slot.
 */
export class Deadline {
  readonly #atMs: number;
  #signal: AbortSignal | undefined;

  private constructor(atMs: number) {
    this.#atMs = atMs;
  }

  /** A deadline `ms` milliseconds from now, never later than `parent`'s. */
  static in(ms: number, parent?: Deadline): Deadline {
    const at = performance.now() + Math.max(0, ms);
    return new Deadline(parent === undefined ? at : Math.min(at, parent.#atMs));
  }

  /** Milliseconds left; 0 once it has passed. */
  remainingMs(): number {
    return Math.max(0, this.#atMs - performance.now());
  }

  get passed(): boolean {
    return this.remainingMs() === 0;
  }

  /** Aborts when the deadline passes. Made on first use: most deadlines are met without it. */
  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.timeout(Math.ceil(this.remainingMs()));
    return this.#signal;
  }
}

/** The work had not settled when its deadline passed; its outcome is unknown, not "failed". */
export class DeadlineExceeded extends Error {
  readonly code = 'DEADLINE_EXCEEDED';
  readonly what: string;

  constructor(what: string) {
    super(`${what}: deadline exceeded`);
    this.name = 'DeadlineExceeded';
    this.what = what;
  }
}

/**
 * Runs `work` under `deadline`. Settles with the work, or rejects with `DeadlineExceeded` when the deadline
 * passes first; then the signal given to the work aborts and its late outcome is ignored. `hearFirst`: what
 * has arrived by then is heard first: a process that was stopped, or starved, runs its timers before it reads
 * its sockets.
 */
export function within<T>(
  deadline: Deadline,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  { hearFirst = false } = {},
): Promise<T> {
  const remainingMs = deadline.remainingMs();
  if (remainingMs === 0) return Promise.reject(new DeadlineExceeded(what));
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let settled = false;
    const exceed = () => {
      if (settled) return;
      const exceeded = new DeadlineExceeded(what);
      reject(exceeded);
      controller.abort(exceeded);
    };
    const timer = setTimeout(hearFirst ? () => setImmediate(exceed) : exceed, Math.ceil(remainingMs));
    const settle = <A>(finish: (value: A) => void) => {
      return (value: A) => {
        settled = true;
        clearTimeout(timer);
        finish(value);
      };
    };
    work(controller.signal).then(settle(resolve), settle(reject));
  });
}
