import { Worker } from 'node:worker_threads';
import { Deadline, within } from '../../platform/deadline.ts';
import type { NumberedMessage } from '../../rollout/protocol.ts';
import { createBackoff } from './backoff.ts';
import type { InstanceView } from './link.ts';
import type { FromLink, ThreadStart, ToLink } from './thread-messages.ts';

/** The serving thread's hold on the link's thread; a thread that ends is started again, with what it must know. */
export interface LinkThread {
  view(view: InstanceView): void;
  tell(message: NumberedMessage): void;
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;
const HEAP_MIB = 64;

export function startLinkThread(
  start: Omit<ThreadStart, 'view' | 'pending' | 'firstBeat'>,
  on: {
    view(): InstanceView;
    pending(): readonly NumberedMessage[];
    message(message: FromLink): void;
    ended(reason: string): void;
  },
): LinkThread {
  const backoff = createBackoff(200, 5_000);
  let closing = false;
  let restart: NodeJS.Timeout | undefined;
  let worker = startWorker();

  function startWorker(): Worker {
    // Beats begin with the time, so that they grow over threads and boots, and no old renewal answers a new beat.
    const data: ThreadStart = {
      ...start,
      view: on.view(),
      pending: on.pending(),
      firstBeat: Date.now(),
    };
    const started = new Worker(new URL('./thread.ts', import.meta.url), {
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
      if (closing) return;
      on.ended(reason);
      restart = setTimeout(() => {
        worker = startWorker();
      }, backoff.nextMs()).unref();
    });
    return started;
  }

  return {
    view: (view) => post(worker, { type: 'view', view }),
    tell: (message) => post(worker, { type: 'tell', messages: [message], view: on.view() }),
    async close() {
      closing = true;
      clearTimeout(restart);
      const closed = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
      post(worker, { type: 'close' });
      await within(Deadline.in(CLOSE_MS), 'closing the link', () => closed).catch(() => worker.terminate());
    },
  };
}

/** To a thread that has ended, this does nothing. */
function post(worker: Worker, message: ToLink): void {
  worker.postMessage(message);
}
