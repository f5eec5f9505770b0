import { Server } from 'node:net';

/**
 * Closes the listener and nothing else; settles when the last connection has ended. `http.Server.close` would also cut idle
 * connections, on which the client may be sending its next request: each is told `Connection: close` with its next answer, or
 * ends by the keep-alive time it was told. Closed right after a turn of the event loop that accepted all that waited.
 */
export function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => Server.prototype.close.call(server, () => resolve()));
  });
}
