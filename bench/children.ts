import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const USUAL_MS = 60_000;

/**
 * What a child of the bench sends next; an error when it ends instead, or is silent for too long. `Message`
 * is the caller's promise.
 */
export async function nextMessage<Message>(
  child: ChildProcess,
  what: string,
  withinMs = USUAL_MS,
): Promise<Message> {
  const settled = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(withinMs), settled.signal]);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`${what} ended with status ${code}`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } catch (error) {
    if (signal.aborted) throw new Error(`${what} was silent for ${withinMs / 1_000} s`);
    throw error;
  } finally {
    ended.catch(() => {});
    settled.abort();
  }
}

/** Ends it now, whether or not it has ended by itself. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
