import { createSocket } from 'node:dgram';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { after } from 'node:test';
import { decode, encode, type Packet } from 'dns-packet';

/** Receivers of callbacks, good and nasty, on real sockets of this machine; closed after the test file. */
export interface Receiver {
  port: number;
  /** Connections open now. */
  connections(): number;
}

/** What a receiver that reads its callbacks got, in order. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Reads each callback to its end, then answers by `answer` (200 when absent). */
export async function receiver(answer?: RequestListener): Promise<Receiver & { received: Received[] }> {
  const received: Received[] = [];
  const listening = await listen(createServer(readingListener(received, answer)));
  return { ...listening, received };
}

export async function tlsReceiver(keys: {
  key: string;
  cert: string;
}): Promise<Receiver & { received: Received[] }> {
  const received: Received[] = [];
  const listening = await listen(createTlsServer(keys, readingListener(received)));
  return { ...listening, received };
}

/** Does with each connection what `behave` says: for receivers that do not speak HTTP as they should. */
export function tcpReceiver(behave: (socket: Socket) => void): Promise<Receiver> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      // Unread, a socket does not notice that its peer has gone.
      socket.resume();
      behave(socket);
    }),
  );
}

/** A port of this machine that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes `bytes` to the socket over and over, as fast as it is read, until it is closed. */
export function pour(socket: Socket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

/** Writes the bytes of `text` one each `everyMs`, and then leaves the connection open. */
export function drip(socket: Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed || at === text.length) return clearInterval(timer);
    socket.write(text.charAt(at));
    at += 1;
  }, everyMs);
}

/**
 * Answers queries for A and AAAA records by `addressesOf`; `undefined`: never answers. Returns its
 * `address:port`.
 */
export async function nameServer(
  addressesOf: (name: string, type: 'A' | 'AAAA') => readonly string[] | undefined,
): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (message, peer) => {
    const query: Packet = decode(message);
    const question = query.questions?.[0];
    if (question === undefined || (question.type !== 'A' && question.type !== 'AAAA')) return;
    const { name, type } = question;
    const addresses = addressesOf(name, type);
    if (addresses === undefined) return;
    const answers = addresses.map((data) => ({ type, name, ttl: 1, data }));
    // RCODE 3 (no such name) lies in the lowest bits of the flags.
    const flags = answers.length === 0 ? 3 : 0;
    socket.send(
      encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers }),
      peer.port,
      peer.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

function readingListener(received: Received[], answer?: RequestListener): RequestListener {
  return (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      if (answer !== undefined) answer(request, response);
      else response.end('{"ResultCode":0,"ResultDesc":"Accepted"}');
    });
  };
}

async function listen(server: TcpServer | Server): Promise<Receiver> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => sockets.size };
}
