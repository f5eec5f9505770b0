import {
  type ControlEvent,
  type Counts,
  type InstanceId,
  type NumberedMessage,
  type Report,
  type ReportAnswer,
  wireLimits,
} from '../../rollout/protocol.ts';
import type { CounterReader } from '../thread/counters.ts';
import type { InstanceView } from './instance-view.ts';

/**
 * What the agent says, beat by beat. Owns the number and the time of each beat, which messages are not
 * acknowledged, and what the instance was at its last report. Woken by its caller, which reports. It must
 * know no socket and no timer: real links and simulated ones report by it.
 */
export interface Beats {
  view(view: InstanceView): void;
  tell(messages: readonly NumberedMessage[]): void;
  readonly phase: Report['phase'];
  /** The report of the next beat, which is sent now. */
  next(): Report;
  /**
   * `acknowledged`: up to which message, if that is news; `dueMs`: when the next beat is due, from this one.
   */
  answered(answer: ReportAnswer): { acknowledged: number | undefined; dueMs: number };
  /**
   * When what `event` answers was sent: the beat of a renewal; now, of anything else. `undefined`: a renewal
   * for a beat that this process never sent, or long ago, is somebody else's.
   */
  sentAt(event: ControlEvent): number | undefined;
}

export interface BeatOptions {
  readonly id: InstanceId & { readonly cell: string };
  readonly boot: string;
  /** Of the first beat; above every beat of an earlier process. */
  readonly firstBeat: number;
  readonly schemas: readonly string[];
  readonly log: string;
  readonly counters: CounterReader;
  /** Names of the endings that are counted, in the order of the counters. */
  readonly endings: readonly string[];
  readonly now: () => number;
  readonly stalledMs: () => number;
}

/** However often something happens, reports are at least so far apart. */
export const SOONEST_MS = 20;
/** Beats whose time is remembered: a renewal of an older one would renew nothing. */
const REMEMBERED_BEATS = 512;

export function createBeats(
  options: BeatOptions,
  first: { view: InstanceView; pending: readonly NumberedMessage[] },
): Beats {
  const { counters, now } = options;
  const times = new Map<number, number>();
  let { view, pending } = first;
  let number = options.firstBeat;

  return {
    view(next) {
      view = next;
    },
    tell(messages) {
      pending = [...pending, ...messages];
    },
    get phase() {
      return view.phase;
    },
    next() {
      const beat = number++;
      times.set(beat, now());
      times.delete(beat - REMEMBERED_BEATS);
      return {
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
          overdue: counters.overdue,
          overdueBudget: counters.overdueBudget,
          failedProbesInARow: counters.failedProbesInARow,
        },
        counts: countsOf(counters, options.endings, view),
        log: options.log,
        messages: pending.slice(0, wireLimits.messagesInReport),
      };
    },
    answered({ acknowledged, nextBeatMs = wireLimits.beatMs }) {
      const left = pending.filter((message) => message.seq > acknowledged);
      const isNews = left.length < pending.length;
      pending = left;
      const wanted = Math.min(Math.max(wireLimits.minBeatMs, nextBeatMs), wireLimits.maxBeatMs);
      return {
        acknowledged: isNews ? acknowledged : undefined,
        dueMs: isNews && pending.length > 0 ? SOONEST_MS : wanted,
      };
    },
    sentAt: (event) => (event.type === 'renewal' ? times.get(event.renewal.body.beat) : now()),
  };
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
