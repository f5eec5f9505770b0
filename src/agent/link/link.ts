import { setTimeout as wait } from 'node:timers/promises';
import { Deadline } from '../../platform/deadline.ts';
import {
  type ControlEvent,
  type Counts,
  type InstanceId,
  type NumberedMessage,
  parseControlEvent,
  type Report,
  wireLimits,
} from '../../rollout/protocol.ts';
import type { CounterReader } from '../thread/counters.ts';
import { controlBackoff } from './backoff.ts';
import { createEventReader } from './event-stream.ts';
import { type ControlAddress, createTransport, reasonOf, type Transport } from './transport.ts';

/**
 * What the link says of the instance in each report; sent again by the serving thread whenever it changes.
 */
export interface InstanceView {
  readonly phase: Report['phase'];
  readonly running: string | null;
  readonly good: string | null;
  readonly rollout: string | null;
  /** The release on its way in or lent; `null`: none. */
  readonly coming: string | null;
  /** Which release each of the latest stretches served with. */
  readonly stretches: readonly { readonly stretch: number; readonly hash: string | null }[];
  /** What undo may lead to, newest first. */
  readonly ring: readonly { readonly hash: string; readonly sequence: number }[];
  /** The highest order taken up. */
  readonly order: number;
  /** Rollouts that somebody had undone here. */
  readonly undone: readonly string[];
}

export interface LinkOptions {
  readonly control: ControlAddress;
  readonly id: InstanceId & { readonly cell: string };
  readonly boot: string;
  /** How many instances share this control, about. */
  readonly fleetSize: number;
  /** Of the first beat; above every beat of an earlier process. */
  readonly firstBeat: number;
  readonly schemas: readonly string[];
  readonly log: string;
  readonly counters: CounterReader;
  /** Names of the endings that are counted, in the order of the counters. */
  readonly endings: readonly string[];
  readonly now: () => number;
  readonly stalledMs: () => number;
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
/** Beats whose time is remembered: a renewal of an older one would renew nothing. */
const REMEMBERED_BEATS = 512;
/** However often something happens, reports are at least so far apart. */
const SOONEST_MS = 20;

/**
 * The agent's side of the protocol: follows the stream, and reports beat by beat, each in a loop of its own
 * that nothing but `close` ends. Runs beside the event loop that serves; what it says of that loop it reads
 * from shared memory.
 */
export function createLink(
  options: LinkOptions,
  first: { view: InstanceView; pending: readonly NumberedMessage[] },
): Link {
  const transport = createTransport(options.control, {
    service: options.id.service,
    environment: options.id.environment,
    instance: options.id.instance,
  });
  const closing = new AbortController();
  const sentAt = new Map<number, number>();
  let { view, pending } = first;
  let wake: (() => void) | undefined;
  let news = false;

  const stir = () => {
    news = true;
    wake?.();
  };
  /** Whether that was news. */
  const acknowledged = (seq: number): boolean => {
    const left = pending.filter((message) => message.seq > seq);
    if (left.length === pending.length) return false;
    pending = left;
    options.onAcknowledged(seq);
    return true;
  };
  const reportNow = (beat: number): Report => ({
    kind: 'imara.report/1',
    ...options.id,
    boot: options.boot,
    beat,
    schemas: [...options.schemas],
    phase: view.phase,
    running: view.running,
    good: view.good,
    rollout: view.rollout,
    order: view.order,
    undone: [...view.undone],
    vitals: {
      stalledMs: options.stalledMs(),
      overdue: options.counters.overdue,
      overdueBudget: options.counters.overdueBudget,
      failedProbesInARow: options.counters.failedProbesInARow,
    },
    counts: countsOf(options.counters, options.endings, view),
    log: options.log,
    messages: pending.slice(0, wireLimits.messagesInReport),
  });

  const beatLoop = async (): Promise<void> => {
    const backoff = controlBackoff(options.fleetSize);
    // What has not booted yet knows nothing of itself: control would take it for one that goes down on
    // purpose.
    while (view.phase === 'down' && !closing.signal.aborted) {
      news = false;
      await untilNews(REPORT_MS);
    }
    for (let beat = options.firstBeat; !closing.signal.aborted; beat++) {
      const beganAt = options.now();
      news = false;
      remember(sentAt, beat, beganAt);
      const answer = await transport.report(reportNow(beat), Deadline.in(REPORT_MS));
      options.onContact({ part: 'report', ok: answer.ok, reason: answer.ok ? '' : answer.reason });
      if (answer.ok) {
        backoff.reset();
        options.onUnderWay(answer.value.underWay ?? false);
        const more = acknowledged(answer.value.acknowledged) && pending.length > 0;
        const wanted = Math.max(wireLimits.minBeatMs, answer.value.nextBeatMs ?? wireLimits.beatMs);
        const dueMs = more ? SOONEST_MS : Math.min(wanted, wireLimits.maxBeatMs);
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
      const reason = await followOnce(transport, lastEventId, closing.signal, {
        opened: () => {
          options.onContact({ part: 'stream', ok: true, reason: '' });
        },
        event: async (event, id) => {
          const sent = event.type === 'renewal' ? sentAt.get(event.renewal.body.beat) : options.now();
          // A renewal for a beat that this process never sent, or long ago, is somebody else's.
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
      view = next;
      stir();
    },
    tell(messages) {
      pending = [...pending, ...messages];
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
  transport: Transport,
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
        const event = parseControlEvent(data);
        // What a newer control says beyond this version is passed over.
        if (event !== undefined) await on.event(event, id);
      }
    }
    return 'control ended the stream';
  } catch (error) {
    return reasonOf(error);
  }
}

function countsOf(counters: CounterReader, names: readonly string[], { stretches }: InstanceView): Counts[] {
  return counters.stretches().flatMap(({ stretch, live, probes, endings }): Counts[] => {
    const of = stretches.find((each) => each.stretch === stretch);
    if (of === undefined) return [];
    // Most kinds never happen, and are not sent.
    const happened = names.flatMap((name, index) =>
      endings[index] ? [[name, endings[index]] as const] : [],
    );
    const ended = happened.length === 0 ? {} : { endings: Object.fromEntries(happened) };
    return [{ hash: of.hash, stretch, live, probes, ...ended }];
  });
}

function remember(sentAt: Map<number, number>, beat: number, at: number): void {
  sentAt.set(beat, at);
  sentAt.delete(beat - REMEMBERED_BEATS);
}
