import type { Socket } from 'node:net';

/** Requests of one connection, answered one after the other. */
interface Line<T> {
  /** The one that is being served. */
  current: T | undefined;
  /** Received whole behind it, in order. */
  waiting: T[];
  received: number;
}

export interface Turns<T> {
  /** Received whole. `now`: nothing is before it. `later`: `next` brings it. `full`: too many wait. */
  arrive(socket: Socket, item: T): 'now' | 'later' | 'full';
  /** The current one is answered; the one whose turn it is. */
  next(socket: Socket): T | undefined;
  /** The newest that was received whole and is not answered. */
  newest(socket: Socket): T | undefined;
  /** Requests received on this connection. */
  received(socket: Socket): number;
}

/** Requests that one connection may have waiting: clients in the field send none. */
export const MAX_PIPELINED = 16;

/**
 * A client may send its next request before it has the answer to the last one. Node would hand over both at
 * once; if the first answer then closes the connection (a drain, a bound, garbage behind it), the second is
 * done and never answered. So a request begins when the one before it is answered: one that never got its
 * turn has moved no money.
 */
export function createTurns<T>(): Turns<T> {
  const lines = new WeakMap<Socket, Line<T>>();
  return {
    arrive(socket, item) {
      const line = lines.get(socket);
      if (line === undefined) {
        lines.set(socket, { current: item, waiting: [], received: 1 });
        return 'now';
      }
      line.received += 1;
      if (line.current === undefined) {
        line.current = item;
        return 'now';
      }
      if (line.waiting.length >= MAX_PIPELINED) return 'full';
      line.waiting.push(item);
      return 'later';
    },
    next(socket) {
      const line = lines.get(socket);
      if (line === undefined) return undefined;
      line.current = line.waiting.shift();
      return line.current;
    },
    newest(socket) {
      const line = lines.get(socket);
      return line?.waiting.at(-1) ?? line?.current;
    },
    received: (socket) => lines.get(socket)?.received ?? 0,
  };
}
