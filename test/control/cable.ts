import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after } from 'node:test';

export interface Cable {
  /** The database's address through the cable. */
  url: string;
  /** Breaks every connection, and lets none through. */
  cut(): void;
  /** Nothing gets through any more, and no side notices: as with a server that was stopped with SIGSTOP. */
  hang(): void;
  mend(): void;
}

/** A way to a database that a test can cut. */
export async function cableTo(databaseUrl: string): Promise<Cable> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let whole = true;
  let hung = false;
  const server = createServer((socket) => {
    if (!whole) return socket.destroy();
    const further = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [socket, further],
      [further, socket],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
      if (hung) from.pause();
    }
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const through = new URL(databaseUrl);
  through.hostname = '127.0.0.1';
  through.port = String(typeof bound === 'object' ? bound?.port : bound);
  const cut = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  after(() => {
    cut();
    server.close();
  });
  return {
    url: through.href,
    cut,
    hang() {
      hung = true;
      for (const socket of open) socket.pause();
    },
    mend() {
      whole = true;
      hung = false;
      for (const socket of open) socket.resume();
    },
  };
}
