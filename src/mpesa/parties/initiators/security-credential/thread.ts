import { createPrivateKey } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { decryptCredential } from './decrypt.ts';
import type { OpenedMessage, OpenMessage, ThreadStart } from './messages.ts';

// Opens credentials, 0.7 ms each, where nothing else waits for it.
const { privateKey }: ThreadStart = workerData;
const key = createPrivateKey(privateKey);

parentPort?.on('message', ({ n, credentials }: OpenMessage) => {
  const texts = credentials.map(
    (credential) => decryptCredential(Buffer.from(credential, 'base64'), key) ?? null,
  );
  parentPort?.postMessage({ n, texts } satisfies OpenedMessage);
});
