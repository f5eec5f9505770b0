import { setTimeout as wait } from 'node:timers/promises';
import { Deadline } from '../../platform/deadline.ts';
import {
  type ControlEvent,
  type NumberedMessage,
  parseControlEvent,
  wireLimits,
} from '../../rollout/protocol.ts';
import { controlBackoff } from './backoff.ts';
import { type BeatOptions, createBeats, SOONEST_MS } from './beats.ts';
import { createEventReader } from './event-stream.ts';
import type { InstanceView } from './instance-view.ts';
import { reasonOf, type Transport } from './transport.ts';

export interface LinkOptions extends BeatOptions {
  readonly transport: Transport;
  /** Of an event as it stands in the stream; `parseControlEvent` otherwise. */
  readonly parse?: typeof parseControlEvent;
  /** How many instances share this control, about. */
  readonly fleetSize: number;
  /**
   * An event of control; resolves when the next may be read. `sentAt`: of a renewal, when its beat was sent.
   */
  readonly onEvent: (event: ControlEvent, sentAt: number) => Promise<void>;
  readonly onAcknowledged: (seq: number) => void;
  /** After every answered report: whether control says that a change is under way. */
  readonly onUnderWay: (underWay: boolean) => void;
  /** After every exchange, and when the stream opens or ends. */
  readonly onContact: (state: { part: 'stream' | 'report'; ok: boolean; reason: string }) => void;
}

export interface Link {
  view(view: InstanceView): void;
  tell(messages: readonly NumberedMessage[]): void;
  close(): Promise<void>;
}

const REPORT_MS = 2_000;
/** A stream that lasted so long was a good one: the next try comes soon. */
const LIVED_MS = 5_000;

/**
 * The agent's side of the protocol: follows the stream, and reports beat by beat, each in a loop of its own
 * that nothing but `close` ends. Runs beside the event loop that serves; what it says of that loop it reads
 * from shared memory.
 */
export function createLink(
  options: LinkOptions,
  first: { view: InstanceView; pending: readonly NumberedMessage[] },
): Link {
  const { transport, parse = parseControlEvent } = options;
  const closing = new AbortController();
  const beats = createBeats(options, first);
  let wake: (() => void) | undefined;
  let news = false;

  const stir = () => {
    news = true;
    wake?.();
  };
  const beatLoop = async (): Promise<void> => {
    const backoff = controlBackoff(options.fleetSize);
    // What has not booted yet knows nothing of itself: control would take it for one that goes down on
    // purpose.
    while (beats.phase === 'down' && !closing.signal.aborted) {
      news = false;
      await untilNews(REPORT_MS);
    }
    while (!closing.signal.aborted) {
      const beganAt = options.now();
      news = false;
      const answer = await transport.report(beats.next(), Deadline.in(REPORT_MS));
      options.onContact({ part: 'report', ok: answer.ok, reason: answer.ok ? '' : answer.reason });
      if (answer.ok) {
        backoff.reset();
        options.onUnderWay(answer.value.underWay ?? false);
        const { acknowledged, dueMs } = beats.answered(answer.value);
        if (acknowledged !== undefined) options.onAcknowledged(acknowledged);
        await pause(SOONEST_MS);
        await untilNews(dueMs - (options.now() - beganAt));
      } else {
        await pause(Math.max(SOONEST_MS, backoff.nextMs()));
      }
    }
  };
  const untilNews = (ms: number): Promise<void> => {
    if (news || ms <= 0 || closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  const pause = (ms: number): Promise<void> =>
    wait(ms, undefined, { signal: closing.signal }).catch(() => {
      // Closing: the loops see it themselves.
    });

  const streamLoop = async (): Promise<void> => {
    const backoff = controlBackoff(options.fleetSize);
    let lastEventId: string | undefined;
    while (!closing.signal.aborted) {
      const beganAt = options.now();
      const reason = await followOnce({ transport, parse }, lastEventId, closing.signal, {
        opened: () => {
          options.onContact({ part: 'stream', ok: true, reason: '' });
        },
        event: async (event, id) => {
          const sent = beats.sentAt(event);
          if (sent !== undefined) await options.onEvent(event, sent);
          lastEventId = id ?? lastEventId;
        },
      });
      if (closing.signal.aborted) return;
      if (options.now() - beganAt > LIVED_MS) backoff.reset();
      options.onContact({ part: 'stream', ok: false, reason });
      await pause(backoff.nextMs());
    }
  };

  const loops = Promise.all([beatLoop(), streamLoop()]);
  return {
    view(next) {
      beats.view(next);
      stir();
    },
    tell(messages) {
      beats.tell(messages);
      stir();
    },
    async close() {
      closing.abort();
      wake?.();
      await transport.close();
      await loops;
    },
  };
}

/** Follows the stream until it ends; returns why it did. */
async function followOnce(
  { transport, parse }: Required<Pick<LinkOptions, 'transport' | 'parse'>>,
  lastEventId: string | undefined,
  signal: AbortSignal,
  on: { opened(): void; event(event: ControlEvent, id: string | undefined): Promise<void> },
): Promise<string> {
  const opened = await transport.follow(lastEventId, signal);
  if (!opened.ok) return opened.reason;
  on.opened();
  const read = createEventReader(wireLimits.eventBytes);
  try {
    for await (const chunk of opened.value) {
      for (const { id, data } of read(chunk)) {
        const event = parse(data);
        // What a newer control says beyond this version is passed over.
        if (event !== undefined) await on.event(event, id);
      }
    }
    return 'control ended the stream';
  } catch (error) {
    return reasonOf(error);
  }
}
