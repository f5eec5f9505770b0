/**
 * Owns the thread that opens SecurityCredentials: an RSA decryption takes most of a millisecond, and hundreds
 * in a row would stop everything else. The thread is started with the first credentials and again after its
 * end; those who waited for it get an error. Nobody waits longer than its deadline.
 */
import { Worker } from 'node:worker_threads';
import { type Deadline, within } from '../../../../platform/deadline.ts';
import { sibling } from '../../../../platform/sibling.ts';
import type { OpenedMessage, OpenMessage, ThreadStart } from './messages.ts';

export interface CredentialOpener {
  /** The text in each (base64 in); `undefined`: it was not made with our certificate. */
  open(credentials: readonly string[], deadline: Deadline): Promise<readonly (string | undefined)[]>;
  close(): Promise<void>;
}

const HEAP_MIB = 32;

interface Waiting {
  opened: (texts: OpenedMessage['texts']) => void;
  failed: (error: Error) => void;
}

/** `privateKey`: PEM; asked for when the thread starts, so that what needs none of this does without it. */
export function credentialOpener({ privateKey }: { privateKey: () => string }): CredentialOpener {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(sibling(import.meta.url, 'thread'), {
      workerData: { privateKey: privateKey() } satisfies ThreadStart,
      name: 'security-credentials',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    started.unref();
    let reason = new Error('the thread that opens credentials has ended');
    started.on('message', ({ n, texts }: OpenedMessage) => {
      waiting.get(n)?.opened(texts);
      waiting.delete(n);
    });
    started.on('error', (error) => {
      if (error instanceof Error) reason = error;
    });
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      for (const { failed } of waiting.values()) failed(reason);
      waiting.clear();
    });
    return started;
  }

  return {
    async open(credentials, deadline) {
      if (credentials.length === 0) return [];
      last += 1;
      const n = last;
      try {
        const texts = await within(deadline, 'opening credentials', () => {
          const opened = new Promise<OpenedMessage['texts']>((resolve, reject) => {
            waiting.set(n, { opened: resolve, failed: reject });
          });
          worker ??= start();
          worker.postMessage({ n, credentials } satisfies OpenMessage);
          return opened;
        });
        return texts.map((text) => text ?? undefined);
      } finally {
        waiting.delete(n);
      }
    },

    async close() {
      await worker?.terminate();
    },
  };
}
