import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { Deadline, within } from '../../platform/deadline.ts';
import { lookUntil } from '../../platform/loop/look-until.ts';
import { reasonOf } from '../link/transport.ts';
import { type LocalStatus, type LocalUndo, type LocalUndone, localPaths, SOCKET } from './socket.ts';

/** What a command on the same machine can ask of an instance, without control: `directory` is the agent's. */
export type LocalAnswer<T> = { ok: true; value: T } | { ok: false; reason: string };

const ASK_MS = 1_000;
/** An undo is ordered in trouble, when a busy machine answers late. */
const ORDER_MS = 3_000;
const ASK_AGAIN_MS = 50;

export async function askStatus(directory: string): Promise<LocalAnswer<LocalStatus>> {
  return call<LocalStatus>(directory, { method: 'GET', path: localPaths.status, ms: ASK_MS });
}

/**
 * R6: orders the undo, and waits until the instance neither serves `from` nor is about to. `has`: whether it
 * had it. An instance whose event loop is blocked is ended by its own watchdog and undoes at its next boot,
 * so the wait goes on while nobody answers.
 */
export async function undoHere(
  directory: string,
  order: LocalUndo,
  deadline: Deadline,
): Promise<LocalAnswer<LocalStatus> & { has?: boolean }> {
  const ordered = await call<LocalUndone>(directory, {
    method: 'POST',
    path: localPaths.undo,
    ms: ORDER_MS,
    body: order,
  });
  if (!ordered.ok) return ordered;
  const { has } = ordered.value;
  let now = '';
  const gone = async () => {
    const status = await askStatus(directory);
    now = status.ok ? `it is ${status.value.phase}` : status.reason;
    const isGone = status.ok && status.value.running !== order.from && status.value.coming !== order.from;
    return isGone ? status : undefined;
  };
  const status = await lookUntil(gone, { everyMs: ASK_AGAIN_MS, deadline });
  if (status !== undefined) return { ...status, has };
  return { ok: false, reason: `the undo was ordered and is not done yet: ${now}` };
}

async function call<T>(
  directory: string,
  { method, path, ms, body }: { method: string; path: string; ms: number; body?: object },
): Promise<LocalAnswer<T>> {
  const dispatcher = new Agent({ connect: { socketPath: join(directory, SOCKET) } });
  try {
    return await within(Deadline.in(ms), `${method} ${path}`, async (signal) => {
      const response = await fetch(`http://agent${path}`, {
        dispatcher,
        method,
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) return { ok: false, reason: `the agent answered ${response.status}` };
      // Both ends are this program's.
      return { ok: true, value: (await response.json()) as T };
    });
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  } finally {
    await dispatcher.destroy();
  }
}
