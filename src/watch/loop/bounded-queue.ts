/**
 * Between two loops: whoever puts never waits, whoever takes never holds up whoever puts. Over the bound the
 * newest is refused and counted, so that what is already waiting keeps its order.
 */
export class BoundedQueue<T> {
  readonly name: string;
  readonly #bound: number;
  #items: T[] = [];
  #dropped = 0;
  #waiting: (() => void) | undefined;

  constructor(name: string, bound: number) {
    this.name = name;
    this.#bound = bound;
  }

  /** Whether it was taken. */
  put(item: T): boolean {
    if (this.#items.length >= this.#bound) {
      this.#dropped += 1;
      return false;
    }
    this.#items.push(item);
    this.#waiting?.();
    return true;
  }

  /** All that waits, at most `most`; it waits no longer. */
  take(most = this.#bound): T[] {
    if (this.#items.length <= most) {
      const all = this.#items;
      this.#items = [];
      return all;
    }
    return this.#items.splice(0, most);
  }

  /** The first `most`, which stay until they are taken. */
  peek(most: number): readonly T[] {
    return this.#items.slice(0, most);
  }

  /** Settles when something waits, or `signal` aborts. */
  async filled(signal: AbortSignal): Promise<void> {
    if (this.#items.length > 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    this.#waiting = stop;
    signal.addEventListener('abort', stop, { once: true });
    await promise;
    signal.removeEventListener('abort', stop);
    this.#waiting = undefined;
  }

  state(): QueueState {
    return { name: this.name, depth: this.#items.length, bound: this.#bound, dropped: this.#dropped };
  }
}

export interface QueueState {
  readonly name: string;
  readonly depth: number;
  readonly bound: number;
  /** Refused because it was full, since the start. */
  readonly dropped: number;
}
