import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:tls';

export interface TlsListener {
  /** Takes no new connection; settles when the last one has ended. */
  close(): Promise<void>;
}

const HANDSHAKE_MS = 5_000;

/**
 * A second way into an HTTP server: TLS ends here, and the plain stream is handed to the server, whose gate,
 * limits and time-outs hold for it as for any connection.
 */
export async function listenTls(
  server: Server,
  options: ({ host: string; port: number } | { fd: number }) & {
    certificate: string;
    key: string;
    maxConnections: number;
  },
): Promise<TlsListener> {
  const { certificate: cert, key, maxConnections } = options;
  const listener = createServer(
    { cert, key, handshakeTimeout: HANDSHAKE_MS, ALPNProtocols: ['http/1.1'], allowHalfOpen: true },
    (socket) => {
      server.emit('connection', socket);
    },
  );
  listener.maxConnections = maxConnections;
  // A handshake that fails is the client's affair: it learns of it, and nothing was asked of us.
  listener.on('tlsClientError', (_error, socket) => socket.destroy());
  const where =
    'fd' in options
      ? { fd: options.fd }
      : { host: options.host, port: options.port, reusePort: process.platform === 'linux' };
  listener.listen(where);
  await once(listener, 'listening');
  return {
    close: () => new Promise((resolve) => listener.close(() => resolve())),
  };
}
