import type { ControlEvent } from '../../rollout/protocol.ts';
import type { LastWill } from '../disk/last-will.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { LocalUndo } from '../local/socket.ts';
import type { CounterReader } from './counters.ts';
import { mustEnd } from './watchdog.ts';

/**
 * What the thread beside the serving loop keeps of what it handed over: how much the loop has not taken up,
 * the oldest undo among it, and the undo that was ordered last. Woken by each event and order, and by the
 * watchdog's look. It must never ask the serving loop anything, because that may be blocked.
 */
export interface Watch {
  readonly view: InstanceView;
  look(view: InstanceView): void;
  /** Handed over, and not taken up yet. */
  readonly waiting: number;
  /** Whether the instance has the release, in force or on its way. */
  has(hash: string): boolean;
  handOver(will: LastWill | undefined): void;
  /** The undo that was ordered here last, since the process began. */
  readonly ordered: { readonly from: string; readonly at: number } | null;
  /** Whether the process must be ended now, and what it leaves to the next. */
  mustEnd(): { will: LastWill | null } | undefined;
}

export function createWatch(
  { counters, now, blockedMs }: { counters: CounterReader; now: () => number; blockedMs: number },
  first: InstanceView,
): Watch {
  // Events of an earlier link thread of this process were counted too.
  let handedOver = counters.handled;
  let view = first;
  let undo: { position: number; at: number; will: LastWill } | undefined;
  let ordered: Watch['ordered'] = null;
  const has = (hash: string) => [view.running, view.good, view.coming].includes(hash);

  return {
    get view() {
      return view;
    },
    look(next) {
      // Of what comes in after it, that undo says nothing.
      if (next.coming !== null && next.coming !== ordered?.from) ordered = null;
      view = next;
    },
    get waiting() {
      return handedOver - counters.handled;
    },
    has,
    handOver(will) {
      handedOver += 1;
      // What is said once more, and is left already, is no further undo.
      if (will?.type === 'undo' && has(will.from)) ordered = { from: will.from, at: now() };
      if (will !== undefined) undo ??= { position: handedOver, at: now(), will };
    },
    get ordered() {
      return ordered;
    },
    mustEnd() {
      if (undo !== undefined && counters.handled >= undo.position) undo = undefined;
      return mustEnd({ now: now(), counters, view, undo, blockedMs });
    },
  };
}

/** What an event of control leaves to the next process, should this one not take it up. */
export function willOf(event: ControlEvent): LastWill | undefined {
  if (event.type !== 'undo') return undefined;
  const { rollout, from, to } = event;
  return { type: 'undo', rollout, from, to, by: null };
}

/** The same of an order given over the local socket. */
export function willOfOrder(order: LocalUndo): LastWill {
  return { type: 'undo', ...order, rollout: order.rollout ?? null };
}
