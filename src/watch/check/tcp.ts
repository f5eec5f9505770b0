import { connect } from 'node:net';
import { lookup } from './lookup.ts';

/** Whether something listens there; throws the reason why not. */
export function checkTcp({ host, port }: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, lookup });
  const stop = () => socket.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  socket.once('connect', () => resolve());
  socket.once('error', reject);
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  });
}
