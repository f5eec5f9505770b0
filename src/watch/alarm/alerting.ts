import type { Channel, Sent } from '../channels/channel.ts';
import { messageOf } from '../channels/message.ts';
import type { Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Recent } from '../journal/recent.ts';
import { BoundedQueue, type QueueState } from '../loop/bounded-queue.ts';
import { entryOf } from './journalled.ts';
import type { Effect } from './step.ts';

const MOST_WAITING = 5_000;
/** While the disk takes nothing, it is not asked for long: the alarm leaves, and says so. */
const IMPATIENT_MS = 20;

/**
 * The loop of alerts: what became of an alarm is written down, then sent. The disk is given a deadline, and
 * every channel has a queue and a worker of its own.
 */
export class Alerting {
  readonly #options: AlertingOptions;
  readonly #queue = new BoundedQueue<Effect>('alert', MOST_WAITING);
  readonly #ended = new AbortController();

  constructor(options: AlertingOptions) {
    this.#options = options;
    void this.#work();
  }

  put(effect: Effect): void {
    this.#queue.put(effect);
  }

  /** Sends what an earlier process wrote down, and did not bring. */
  again(entry: Entry, channels: readonly string[]): void {
    this.#send(entry, channels, true);
  }

  state(): QueueState {
    return this.#queue.state();
  }

  close(): void {
    this.#ended.abort();
  }

  async #work(): Promise<void> {
    const { journal, write, wall } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#queue.filled(signal);
      for (const effect of this.#queue.take()) {
        const entry = entryOf(effect, wall);
        const isStuck = journal.state().error !== null;
        const journalled = await write(entry, isStuck ? IMPATIENT_MS : undefined);
        this.#send(entry, effect.channels, journalled);
      }
    }
  }

  #send(entry: Entry, channels: readonly string[], journalled: boolean): void {
    const { recent, name } = this.#options;
    const message = messageOf(entry, recent.all(), name, journalled);
    if (message === undefined) return;
    for (const channel of channels) this.#options.channels.get(channel)?.put(message);
  }
}

export interface AlertingOptions {
  /** Of the watch. */
  readonly name: string;
  readonly journal: Pick<Journal, 'state'>;
  /** Whether it is on the disk. */
  readonly write: (entry: Entry, withinMs?: number) => Promise<boolean>;
  readonly recent: Recent;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly wall: (steady: number) => number;
}

/** The entry of a message that was taken, or given up. */
export function sentEntry(
  { channel, message, delivered, attempts, tookMs, reason }: Sent,
  at: number,
): Entry {
  const { id, alarm } = message;
  const text = delivered
    ? `${channel} has taken it after ${tookMs} ms.`
    : `${channel} has not taken it after ${attempts} attempts: ${reason}.`;
  return {
    at,
    source: 'alarm',
    kind: delivered ? 'alert.delivered' : 'alert.failed',
    subject: channel,
    text,
    data: { notification: id, attempts, tookMs, ...(reason === undefined ? {} : { reason }) },
    ids: { alarm: alarm.id },
  };
}
