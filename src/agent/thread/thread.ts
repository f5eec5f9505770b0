import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ControlEvent } from '../../rollout/protocol.ts';
import { type LastWill, leaveWill } from '../disk/last-will.ts';
import { createLink, type InstanceView } from '../link/link.ts';
import { openLocalSocket } from '../local/socket.ts';
import { counterReader } from './counters.ts';
import type { FromLink, ThreadStart, ToLink } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import { mustEnd, stalledMs } from './watchdog.ts';

/**
 * The thread beside the one that serves. It holds the link with control, the local socket and the watchdog,
 * so that a blocked event loop is told of by a heartbeat that goes on, and undo still has somebody to take
 * it.
 */
const WATCH_EVERY_MS = 50;
/** Events handed over and not taken up yet; the stream is not read any further until there are fewer. */
const MOST_WAITING = 64;
const LOOK_AGAIN_MS = 10;
/** A watch that comes so late was stopped with the whole process, which is nobody's block. */
const FROZEN_MS = 1_000;

function run(port: MessagePort, start: ThreadStart): void {
  const counters = counterReader(start.counters);
  // Events of an earlier link thread of this process were counted too.
  let handedOver = counters.handled;
  let view = start.view;
  let undo: { position: number; at: number; will: LastWill } | undefined;
  let ordered: { from: string; at: number } | null = null;
  const contacts = new Map<string, boolean>();
  let told = false;
  const send = (message: FromLink) => port.postMessage(message);
  const has = (hash: string) => [view.running, view.good, view.coming].includes(hash);
  const look = (next: InstanceView) => {
    // Of what comes in after it, that undo says nothing.
    if (next.coming !== null && next.coming !== ordered?.from) ordered = null;
    view = next;
  };
  const handOver = (message: FromLink, will?: LastWill) => {
    handedOver += 1;
    // What is said once more, and is left already, is no further undo.
    if (will?.type === 'undo' && has(will.from)) ordered = { from: will.from, at: monotonicMs() };
    if (will !== undefined) undo ??= { position: handedOver, at: monotonicMs(), will };
    send(message);
  };

  const link = createLink(
    {
      ...start,
      counters,
      now: monotonicMs,
      stalledMs: () => stalledMs({ now: monotonicMs(), counters }),
      onEvent: async (event, sentAt) => {
        handOver({ type: 'event', event, sentAt }, willOf(event));
        while (handedOver - counters.handled >= MOST_WAITING) await pause(LOOK_AGAIN_MS);
      },
      onAcknowledged: (seq) => send({ type: 'acknowledged', seq }),
      onUnderWay(underWay) {
        if (underWay !== told) send({ type: 'under_way', underWay });
        told = underWay;
      },
      onContact(contact) {
        if (contacts.get(contact.part) !== contact.ok) send({ type: 'contact', ...contact });
        contacts.set(contact.part, contact.ok);
        if (contact.part === 'report' && !contact.ok) told = false;
      },
    },
    start,
  );
  const socket = openLocalSocket(start.directory, {
    status: () => ({
      ...start.id,
      ...view,
      stalledMs: stalledMs({ now: monotonicMs(), counters }),
      lastUndo: ordered && { from: ordered.from, agoMs: Math.round(monotonicMs() - ordered.at) },
    }),
    undo(order) {
      const found = has(order.from);
      handOver({ type: 'order', ...order }, { type: 'undo', ...order, rollout: order.rollout ?? null });
      return { has: found };
    },
    failed: (text) => send({ type: 'note', text }),
  });
  let watchedAt = monotonicMs();
  let graceUntil = 0;
  const watching = setInterval(() => {
    const now = monotonicMs();
    if (now - watchedAt > FROZEN_MS) graceUntil = now + start.blockedMs;
    watchedAt = now;
    if (now < graceUntil) return;
    if (undo !== undefined && counters.handled >= undo.position) undo = undefined;
    const end = mustEnd({ now, counters, view, undo, blockedMs: start.blockedMs });
    if (end === undefined) return;
    try {
      if (end.will !== null) leaveWill(start.directory, end.will);
    } finally {
      // Signals do not reach a blocked loop, but this one needs none.
      process.kill(process.pid, 'SIGKILL');
    }
  }, WATCH_EVERY_MS);

  port.on('message', async (message: ToLink) => {
    switch (message.type) {
      case 'view':
        look(message.view);
        link.view(view);
        break;
      case 'tell':
        look(message.view);
        link.view(view);
        link.tell(message.messages);
        break;
      case 'close':
        clearInterval(watching);
        await Promise.all([link.close(), socket.close()]);
        port.close();
        break;
      default:
        message satisfies never;
    }
  });
}

function willOf(event: ControlEvent): LastWill | undefined {
  if (event.type !== 'undo') return undefined;
  const { rollout, from, to } = event;
  return { type: 'undo', rollout, from, to, by: null };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (parentPort === null) throw new Error('this file runs as a thread of the agent');
run(parentPort, workerData);
