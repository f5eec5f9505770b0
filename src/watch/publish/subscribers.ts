import { Channel, type Sent } from '../channels/channel.ts';
import type { Transport } from '../channels/transport.ts';
import type { Entry, Written } from '../journal/entry.ts';
import type { StatusState } from '../status/state.ts';
import { asPosted, mailOf, webhookBody } from '../status/subscribers.ts';

/** An update of an incident, as it leaves. */
export interface Notice {
  /** The same on every attempt: a receiver that gets it twice ignores the second. */
  readonly id: string;
  readonly incident: string;
  /** For a webhook: JSON. */
  readonly body: string;
  readonly mail: { readonly subject: string; readonly text: string };
}

export interface Subscriber {
  readonly name: string;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly retryMs: number;
  readonly transport: Transport<Notice>;
}

export interface SubscribersOptions {
  readonly subscribers: readonly Subscriber[];
  readonly state: () => StatusState;
  readonly wall: () => number;
  readonly append: (entry: Entry) => void;
}

/** An update that is older is no news. */
const TELL_MS = 86_400_000;
const MOST_OWED = 1_000;

/**
 * Sends each public update to each subscriber once, when it is on the disk: what a process that was killed
 * had not brought, the next one brings. Each has a bounded queue and a worker of its own.
 */
export class Subscribers {
  readonly #options: SubscribersOptions;
  readonly #channels: ReadonlyMap<string, Channel<Notice>>;
  /** By the id of the notice: who has not had it. */
  readonly #owed = new Map<string, { entry: Written; names: Set<string> }>();

  constructor(options: SubscribersOptions) {
    this.#options = options;
    const ended = (sent: Sent<Notice>) => options.append(entryOf(sent, options.wall()));
    this.#channels = new Map(
      options.subscribers.map((one) => [
        one.name,
        new Channel<Notice>({ ...one, queue: `subscriber ${one.name}`, ended }),
      ]),
    );
  }

  /** An entry of an earlier process. */
  seen(entry: Written): void {
    if (entry.kind === 'update.delivered' || entry.kind === 'update.failed') {
      const id = String(entry.data?.notification);
      const names = this.#owed.get(id)?.names;
      names?.delete(entry.subject);
      if (names?.size === 0) this.#owed.delete(id);
    }
    if (entry.kind !== 'status.posted') return;
    this.#owed.set(idOf(entry), { entry, names: new Set(this.#channels.keys()) });
    const [oldest] = this.#owed.keys();
    if (this.#owed.size > MOST_OWED && oldest !== undefined) this.#owed.delete(oldest);
  }

  /** Sends what an earlier process had not brought. */
  again(): void {
    const now = this.#options.wall();
    for (const { entry, names } of this.#owed.values())
      if (entry.at > now - TELL_MS) this.#send(entry, names);
    this.#owed.clear();
  }

  /** An entry that is on the disk. */
  written(entry: Written): void {
    if (entry.kind === 'status.posted') this.#send(entry, this.#channels.keys());
  }

  channels(): Channel<Notice>[] {
    return [...this.#channels.values()];
  }

  #send(entry: Written, names: Iterable<string>): void {
    const { state, wall } = this.#options;
    if (this.#channels.size === 0) return;
    const shown = state();
    const incident = asPosted(shown, entry);
    if (incident === undefined) return;
    const body = webhookBody(shown, incident, wall());
    const notice = { id: idOf(entry), incident: incident.id, body, mail: mailOf(shown, incident) };
    for (const name of names) this.#channels.get(name)?.put(notice);
  }
}

const idOf = ({ subject, sequence }: Written): string => `${subject}-${sequence}`;

function entryOf({ channel, message, delivered, attempts, tookMs, reason }: Sent<Notice>, at: number): Entry {
  const text = delivered
    ? `${channel} has taken the update after ${tookMs} ms.`
    : `${channel} has not taken the update after ${attempts} attempts: ${reason}.`;
  return {
    ...{ at, source: 'status', kind: delivered ? 'update.delivered' : 'update.failed' },
    ...{ subject: channel, text, ids: { incident: message.incident } },
    data: { notification: message.id, attempts, tookMs, ...(reason === undefined ? {} : { reason }) },
  };
}
