import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { kill } from '../children.ts';

const END_MS = 10_000;

/** A process of the bench: messages are its orders; it ends when it is disconnected. */
export function startChild(script: string, start: object): ChildProcess {
  const child = fork(join(import.meta.dirname, script), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.once('exit', (code) => {
    if (code !== 0) console.error(`${script} ended with ${code}`);
  });
  child.send(start);
  return child;
}

/** Its own end is awaited for a while, and then it is ended. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.connected) child.disconnect();
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS) }).catch(() => {});
  if (child.exitCode === null && child.signalCode === null) await ended;
  await kill(child);
}
