import type { Heartbeat } from '../detect/reading.ts';
import type { Instance, InstanceBook } from './book.ts';

/** What somebody says of himself, at least every `withinMs`: a supervisor, an agent, another watch. */
export interface Beat {
  readonly from: string;
  /** Silence for longer is an alarm, ms. */
  readonly withinMs: number;
  /** It ends now, and is not missed. */
  readonly bye: boolean;
  /** The instances that it knows; `undefined`: it knows nothing of instances. */
  readonly instances: readonly Instance[] | undefined;
}

const MOST_SENDERS = 1_000;
const [LEAST_MS, MOST_MS] = [500, 600_000];

/** What was sent, or what is wrong with it. */
export function readBeat(body: unknown): Beat | string {
  const { from, withinMs, instances, bye } = Object(body) as Record<string, unknown>;
  if (typeof from !== 'string' || from === '' || from.length > 200) return '"from" must say who';
  if (typeof withinMs !== 'number' || !(withinMs >= LEAST_MS && withinMs <= MOST_MS))
    return `"withinMs" must be from ${LEAST_MS} to ${MOST_MS}`;
  if (instances !== undefined && !Array.isArray(instances)) return '"instances" must be a list';
  return {
    from,
    withinMs,
    bye: bye === true,
    instances: instances?.flatMap((one) => readInstance(one) ?? []),
  };
}

function readInstance(value: unknown): Instance | undefined {
  const { name, service, cell, admin, ready } = Object(value) as Record<string, unknown>;
  if (typeof name !== 'string' || typeof service !== 'string') return undefined;
  return {
    name,
    service,
    cell: typeof cell === 'string' ? cell : null,
    admin: typeof admin === 'string' && /^https?:\/\//.test(admin) ? admin : null,
    ready: ready === true,
  };
}

/** Who was heard of, and when. Whoever was heard once is expected until it says that it ends. */
export class Beats {
  readonly #now: () => number;
  readonly #book: InstanceBook;
  readonly #heard = new Map<string, Heartbeat>();

  constructor(now: () => number, book: InstanceBook) {
    this.#now = now;
    this.#book = book;
  }

  heard({ from, withinMs, bye, instances }: Beat): boolean {
    if (bye) {
      this.#heard.delete(from);
      this.#book.named(from, []);
      return true;
    }
    if (!this.#heard.has(from) && this.#heard.size >= MOST_SENDERS) return false;
    this.#heard.set(from, { subject: from, lastAt: this.#now(), withinMs });
    if (instances !== undefined) this.#book.named(from, instances);
    return true;
  }

  heartbeats(): readonly Heartbeat[] {
    return [...this.#heard.values()];
  }
}
