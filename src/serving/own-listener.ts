import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type Socket } from 'node:net';

/** A way into one instance, whatever shares its port. */
export interface OwnListener {
  /** Whether a connection came through it. */
  isOwn(socket: Socket): boolean;
  /** Returns the port. */
  open(host: string): Promise<number>;
  /** Takes no new connection. */
  close(): void;
}

const MAX_CONNECTIONS = 64;

/**
 * Instances that share a port cannot be asked one by one through it. Each has a listener of its own, for
 * probes, warm-up and the watch: what comes in goes through the same gate and framework, and only the count
 * of clients' outcomes leaves it out.
 */
export function createOwnListener(server: Server): OwnListener {
  const own = new WeakSet<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    own.add(socket);
    server.emit('connection', socket);
  });
  listener.maxConnections = MAX_CONNECTIONS;
  return {
    isOwn: (socket) => own.has(socket),
    async open(host) {
      listener.listen({ host, port: 0 });
      await once(listener, 'listening');
      const bound = listener.address();
      return typeof bound === 'object' && bound !== null ? bound.port : 0;
    },
    close: () => void listener.close(),
  };
}
