import { connect } from 'node:tls';
import { lookup } from './lookup.ts';

const DAY_MS = 86_400_000;

/**
 * Whether the certificate that is shown is good for so many days more; throws when not, and when it is none
 * that a client would trust. `wall`: ms since 1970.
 */
export function checkTls(
  {
    host,
    port,
    servername = host,
    days,
    trust,
  }: { host: string; port: number; servername?: string; days: number; trust: boolean },
  signal: AbortSignal,
  wall: () => number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, servername, lookup, rejectUnauthorized: trust });
  const stop = () => socket.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  socket.once('secureConnect', () => {
    const { valid_to: until } = socket.getPeerCertificate();
    const left = Math.floor((Date.parse(until) - wall()) / DAY_MS);
    if (left >= days) resolve();
    else reject(new Error(`its certificate is good for ${left} days more, until ${until}`));
  });
  socket.once('error', reject);
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  });
}
