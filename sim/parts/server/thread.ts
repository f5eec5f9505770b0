import { createBeats, SOONEST_MS } from '../../../src/agent/link/beats.ts';
import type { InstanceView } from '../../../src/agent/link/instance-view.ts';
import type { LocalUndo } from '../../../src/agent/local/socket.ts';
import type { CounterReader } from '../../../src/agent/thread/counters.ts';
import type { FromLink } from '../../../src/agent/thread/messages.ts';
import { createWatch, willOf, willOfOrder } from '../../../src/agent/thread/watch.ts';
import { stalledMs } from '../../../src/agent/thread/watchdog.ts';
import type {
  ControlEvent,
  InstanceId,
  NumberedMessage,
  Report,
  ReportAnswer,
} from '../../../src/rollout/protocol.ts';
import type { Chance } from '../../chance.ts';
import type { Clock } from '../clock.ts';
import { endings } from './requests.ts';

/** `leader`: where to turn instead. */
export type Answer = ReportAnswer | { readonly leader: string | undefined };

export interface ThreadOptions {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly id: InstanceId & { readonly cell: string };
  readonly boot: string;
  readonly schemas: readonly string[];
  readonly log: string;
  readonly counters: CounterReader;
  readonly blockedMs: number;
  readonly controls: readonly string[];
  /** Hands a report to a control process; `answer` may be called once, much later or never. */
  readonly report: (control: string, report: Report, answer: (answer: Answer) => void) => void;
  readonly slowness: () => number;
  /** A release that cuts its own instance from control. */
  readonly isCut: () => boolean;
  readonly lies: () => boolean;
  /** Somebody looks at the counts. */
  readonly count: () => void;
  /** To the serving loop; what comes to one that is stuck is never taken up. */
  readonly toLoop: (message: FromLink) => void;
}

const REPORT_MS = 2_000;

/**
 * The thread beside the serving loop (`src/agent/thread/thread.ts`), over a simulated network: what it says,
 * keeps and decides is the agent's own. Owns which control it turns to, and when the next beat is due. Woken
 * by time, by answers, and by what the shell tells. It must never ask the serving loop, which may be stuck.
 */
export function createThread(
  options: ThreadOptions,
  first: { view: InstanceView; pending: readonly NumberedMessage[] },
) {
  const { clock, chance, counters, controls } = options;
  const now = () => clock.now;
  const beats = createBeats(
    {
      ...options,
      firstBeat: Math.round(clock.now),
      endings: endings.names,
      now,
      stalledMs: () => stalledMs({ now: clock.now, counters }),
    },
    first,
  );
  const watch = createWatch({ counters, now, blockedMs: options.blockedMs }, first.view);
  let at = controls[0] ?? '';
  let hasEnded = false;
  /** Numbers what is due next; only the latest counts. */
  let turn = 0;
  let isResting = false;
  let news = false;

  function beatIn(ms: number): void {
    const mine = ++turn;
    clock.after(ms, () => {
      if (mine === turn && !hasEnded) beat();
    });
  }

  function beat(): void {
    const mine = ++turn;
    isResting = false;
    news = false;
    options.count();
    const report = beats.next();
    const isDue = () => mine === turn && !hasEnded;
    if (!options.isCut()) {
      options.report(at, options.lies() ? healthy(report) : report, (answer) => isDue() && heard(answer));
    }
    clock.after(REPORT_MS, () => {
      if (!isDue()) return;
      at = elsewhere();
      beatIn(chance.between(20, 200));
    });
  }

  function heard(answer: Answer): void {
    if (!('acknowledged' in answer)) {
      at = answer.leader ?? elsewhere();
      beatIn(100);
      return;
    }
    const { acknowledged, dueMs } = beats.answered(answer);
    if (acknowledged !== undefined) options.toLoop({ type: 'acknowledged', seq: acknowledged });
    isResting = !news;
    beatIn(news ? SOONEST_MS : dueMs * chance.between(0.9, 1) * Math.min(options.slowness(), 3));
  }

  function elsewhere(): string {
    return controls[(controls.indexOf(at) + 1) % controls.length] ?? at;
  }

  function stir(): void {
    news = true;
    if (!isResting) return;
    isResting = false;
    beatIn(SOONEST_MS);
  }

  beat();
  return {
    mustEnd: watch.mustEnd,
    view(view: InstanceView): void {
      watch.look(view);
      beats.view(view);
      stir();
    },
    tell(message: NumberedMessage, view: InstanceView): void {
      watch.look(view);
      beats.view(view);
      beats.tell([message]);
      stir();
    },
    /** See `Beats`. */
    sentAt: beats.sentAt,
    receive(event: ControlEvent, sentAt: number): void {
      watch.handOver(willOf(event));
      options.toLoop({ type: 'event', event, sentAt });
    },
    order(order: LocalUndo): void {
      watch.handOver(willOfOrder(order));
      options.toLoop({ type: 'order', ...order });
    },
    end(): void {
      hasEnded = true;
    },
  };
}

export type Thread = ReturnType<typeof createThread>;

/** What an instance says that lies. */
function healthy(report: Report): Report {
  const vitals = { ...report.vitals, stalledMs: 0, overdue: 0, failedProbesInARow: 0 };
  return { ...report, vitals };
}
