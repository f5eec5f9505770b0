import { Server } from 'node:net';

/**
 * Enough for a full backlog; connections that come faster than this would keep the listener open for ever.
 */
const MAX_TURNS = 1_000;

/**
 * Closes the listener and nothing else; settles when the last connection has ended. `http.Server.close` would
 * also cut idle connections, on which the client may be sending its next request: each gets `Connection:
 * close` with its next answer, or ends by its keep-alive time.
 *
 * What waits in a listener when it closes is reset by the kernel, unless another process holds the same
 * socket. With a listener of its own (`shared`) the best a process can do is to accept until nothing waits,
 * one connection a turn of the event loop, and close in the same turn. A connection that arrives between the
 * two is lost; with a socket held by the supervisor none is.
 */
export function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    let accepted = true;
    let turns = 0;
    const onConnection = () => {
      accepted = true;
    };
    server.on('connection', onConnection);
    const turn = () => {
      if (accepted && turns < MAX_TURNS) {
        accepted = false;
        turns += 1;
        setImmediate(turn);
        return;
      }
      server.off('connection', onConnection);
      Server.prototype.close.call(server, () => resolve());
    };
    setImmediate(turn);
  });
}
