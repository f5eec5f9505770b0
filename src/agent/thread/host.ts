import { Worker } from 'node:worker_threads';
import { Deadline, within } from '../../platform/deadline.ts';
import { createBackoff } from '../../platform/loop/backoff.ts';
import { sibling } from '../../platform/sibling.ts';
import type { NumberedMessage } from '../../rollout/protocol.ts';
import type { InstanceView } from '../link/instance-view.ts';
import type { FromLink, ThreadStart, ToLink } from './messages.ts';

/**
 * The serving thread's hold on the link's thread; a thread that ends is started again, with what it must
 * know.
 */
export interface LinkThread {
  /** The service serves: from now on nothing is lost by the thread's own start. */
  begin(): void;
  view(view: InstanceView): void;
  tell(message: NumberedMessage): void;
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;
const HEAP_MIB = 64;
/**
 * Loading the thread takes a core for a quarter of a second, which the service needs to come up. It comes
 * after it, and no later than this: a service that never comes up must be reported, and must hear an undo.
 */
const LATEST_MS = 1_000;

export function startLinkThread(
  start: Omit<ThreadStart, 'view' | 'pending' | 'firstBeat'>,
  on: {
    view(): InstanceView;
    pending(): readonly NumberedMessage[];
    message(message: FromLink): void;
    ended(reason: string): void;
  },
): LinkThread {
  const backoff = createBackoff({ firstMs: 200, mostMs: 5_000 });
  let closing = false;
  let worker: Worker | undefined;
  let pending = setTimeout(begin, LATEST_MS).unref();

  function begin(): void {
    clearTimeout(pending);
    if (!closing && worker === undefined) worker = startWorker();
  }

  function startWorker(): Worker {
    // Beats begin with the time, so that they grow over threads and boots, and no old renewal answers a new
    // beat.
    const data: ThreadStart = {
      ...start,
      view: on.view(),
      pending: on.pending(),
      firstBeat: Date.now(),
    };
    const started = new Worker(sibling(import.meta.url, 'thread'), {
      workerData: data,
      name: 'agent-link',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    started.unref();
    let reason = 'it ended';
    started.on('message', on.message);
    started.on('error', (error) => {
      reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    started.on('exit', () => {
      worker = undefined;
      if (closing) return;
      on.ended(reason);
      pending = setTimeout(begin, backoff.nextMs()).unref();
    });
    return started;
  }

  /** To no thread: one that starts is given all of it. */
  function post(message: ToLink): void {
    worker?.postMessage(message);
  }

  return {
    begin,
    view: (view) => post({ type: 'view', view }),
    tell: (message) => post({ type: 'tell', messages: [message], view: on.view() }),
    async close() {
      closing = true;
      clearTimeout(pending);
      const running = worker;
      if (running === undefined) return;
      const closed = new Promise<void>((resolve) => running.once('exit', () => resolve()));
      post({ type: 'close' });
      await within(Deadline.in(CLOSE_MS), 'closing the link', () => closed).catch(() => running.terminate());
    },
  };
}
