import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type LastWill, leaveWill } from '../disk/last-will.ts';
import { createLink } from '../link/link.ts';
import { createTransport } from '../link/transport.ts';
import { openLocalSocket } from '../local/socket.ts';
import { counterReader } from './counters.ts';
import type { FromLink, ThreadStart, ToLink } from './messages.ts';
import { monotonicMs } from './monotonic.ts';
import { createWatch, willOf, willOfOrder } from './watch.ts';
import { stalledMs } from './watchdog.ts';

/**
 * The thread beside the one that serves. It holds the link with control, the local socket and the watchdog,
 * so that a heartbeat that goes on reports a blocked event loop, and an undo still arrives.
 */
const WATCH_EVERY_MS = 50;
/** Events handed over and not taken up yet; the stream is not read any further until there are fewer. */
const MOST_WAITING = 64;
const LOOK_AGAIN_MS = 10;
/** A watch that comes so late was stopped with the whole process, which is nobody's block. */
const FROZEN_MS = 1_000;

function run(port: MessagePort, start: ThreadStart): void {
  const counters = counterReader(start.counters);
  const now = monotonicMs;
  const watch = createWatch({ counters, now, blockedMs: start.blockedMs }, start.view);
  const contacts = new Map<string, boolean>();
  let told = false;
  const send = (message: FromLink) => port.postMessage(message);
  const handOver = (message: FromLink, will?: LastWill) => {
    watch.handOver(will);
    send(message);
  };

  const link = createLink(
    {
      ...start,
      transport: createTransport(start.control, start.id),
      counters,
      now,
      stalledMs: () => stalledMs({ now: now(), counters }),
      onEvent: async (event, sentAt) => {
        handOver({ type: 'event', event, sentAt }, willOf(event));
        while (watch.waiting >= MOST_WAITING) await pause(LOOK_AGAIN_MS);
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
      ...watch.view,
      stalledMs: stalledMs({ now: now(), counters }),
      lastUndo: watch.ordered && {
        from: watch.ordered.from,
        agoMs: Math.round(now() - watch.ordered.at),
      },
    }),
    undo(order) {
      const found = watch.has(order.from);
      handOver({ type: 'order', ...order }, willOfOrder(order));
      return { has: found };
    },
    failed: (text) => send({ type: 'note', text }),
  });
  let watchedAt = now();
  let graceUntil = 0;
  const watching = setInterval(() => {
    const lookedAt = watchedAt;
    watchedAt = now();
    if (watchedAt - lookedAt > FROZEN_MS) graceUntil = watchedAt + start.blockedMs;
    if (watchedAt < graceUntil) return;
    const end = watch.mustEnd();
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
        watch.look(message.view);
        link.view(message.view);
        break;
      case 'tell':
        watch.look(message.view);
        link.view(message.view);
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

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (parentPort === null) throw new Error('this file runs as a thread of the agent');
run(parentPort, workerData);
