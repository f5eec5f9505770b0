import { BoundedQueue, type QueueState } from '../loop/bounded-queue.ts';
import { pause } from '../loop/pause.ts';
import { within } from '../loop/within.ts';
import type { Message } from './message.ts';
import { SendFault, type Transport } from './transport.ts';

export interface Sent<What = Message> {
  readonly channel: string;
  readonly message: What;
  readonly delivered: boolean;
  readonly attempts: number;
  /** From when it was put to its end. */
  readonly tookMs: number;
  readonly reason?: string;
}

export interface ChannelOptions<What = Message> {
  readonly name: string;
  /** What its queue is called. */
  readonly queue: string;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly retryMs: number;
  readonly transport: Transport<What>;
  /** Called when a message was taken, or given up. */
  readonly ended: (sent: Sent<What>) => void;
}

const MOST_WAITING = 1_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * A place where alarms or public updates are sent, with a queue and a worker of its own: one that hangs holds
 * up nobody but itself. Messages go in order; each attempt has a deadline, and each wait is twice the one
 * before.
 */
export class Channel<What = Message> {
  readonly name: string;
  readonly #options: ChannelOptions<What>;
  readonly #queue: BoundedQueue<{ message: What; since: number }>;
  readonly #ended = new AbortController();
  #reason: string | undefined;

  constructor(options: ChannelOptions<What>) {
    this.#options = options;
    this.name = options.name;
    this.#queue = new BoundedQueue(options.queue, MOST_WAITING);
    void this.#work();
  }

  put(message: What): boolean {
    return this.#queue.put({ message, since: performance.now() });
  }

  state(): QueueState & { readonly error: string | null } {
    return { ...this.#queue.state(), error: this.#reason ?? null };
  }

  close(): void {
    this.#ended.abort();
  }

  async #work(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#queue.filled(signal);
      const [next] = this.#queue.peek(1);
      if (next === undefined || signal.aborted) continue;
      const sent = await this.#send(next.message);
      if (sent === undefined) return;
      this.#queue.take(1);
      this.#options.ended({
        channel: this.name,
        message: next.message,
        tookMs: Math.round(performance.now() - next.since),
        ...sent,
      });
    }
  }

  /** `undefined`: the watch ends; the next one sends it. */
  async #send(message: What): Promise<Pick<Sent, 'delivered' | 'attempts' | 'reason'> | undefined> {
    const { transport, timeoutMs, attempts: most, retryMs } = this.#options;
    const { signal } = this.#ended;
    for (let attempts = 1; ; attempts++) {
      try {
        await within(timeoutMs, `${this.name}`, (late) =>
          transport(message, AbortSignal.any([late, signal])),
        );
        this.#reason = undefined;
        return { delivered: true, attempts };
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#reason = reasonOf(error);
        const isOver = attempts >= most || (error instanceof SendFault && error.forGood);
        if (isOver) return { delivered: false, attempts, reason: this.#reason };
      }
      await pause(Math.min(LONGEST_WAIT_MS, retryMs * 2 ** (attempts - 1)), signal);
      if (signal.aborted) return undefined;
    }
  }
}

/** What the network says is in the cause: `fetch failed` alone helps nobody. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}
