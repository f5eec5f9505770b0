// HTTP with as little of it as a bench needs: generator and receiver share the cores with what is measured,
// and a whole client and server would take as much of them as a payment does.
import { connect, createServer, type Socket } from 'node:net';
import type { ClientRequest } from '../../src/mpesa/client.ts';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');

/** Calls `onMessage` with the head and the body of each message that arrives whole. */
function messagesOf(socket: Socket, onMessage: (head: string, body: string) => void): void {
  let text = '';
  // Bytes as characters, so that lengths are those of the header; readers of a body look for ASCII alone.
  socket.setEncoding('latin1');
  socket.setNoDelay(true);
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = text.slice(0, end);
      const length = /content-length: *(\d+)/i.exec(head)?.[1];
      if (length === undefined) throw new Error(`a message without its length: ${head}`);
      const from = end + 4;
      const to = from + Number(length);
      if (text.length < to) return;
      const body = text.slice(from, to);
      text = text.slice(to);
      onMessage(head, body);
    }
  });
}

/** Answers 200 to whatever is posted, and passes its body on; the port it listens on. */
export async function receive(onBody: (body: string) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    messagesOf(socket, (_head, body) => {
      socket.write(ANSWER);
      onBody(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the receiver has no port');
  return address.port;
}

export interface Answer {
  status: number;
  body: string;
}

/** Well below what a server keeps an idle connection for: it must not close one as we write to it. */
const IDLE_MS = 1_000;

/** A connection that is kept, with one request at a time. */
export class Caller {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #answered: PromiseWithResolvers<Answer> | undefined;
  #usedAtMs = 0;

  constructor(api: string) {
    const { hostname, port } = new URL(api);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** Rejects when the connection is lost: whether the request was taken is unknown then. */
  call({ method, path, headers, body = '' }: ClientRequest): Promise<Answer> {
    if (performance.now() - this.#usedAtMs > IDLE_MS) this.#drop();
    const socket = this.#socket ?? this.#open();
    const answered = Promise.withResolvers<Answer>();
    this.#answered = answered;
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}:${this.#port}\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return answered.promise;
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #open(): Socket {
    const socket = connect(this.#port, this.#host);
    this.#socket = socket;
    const lost = (error?: Error) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#answered?.reject(error ?? new Error('the API closed the connection'));
    };
    socket.on('error', lost);
    socket.on('close', () => lost());
    messagesOf(socket, (head, text) => {
      this.#usedAtMs = performance.now();
      if (/^connection: *close/im.test(head)) this.#drop();
      this.#answered?.resolve({ status: Number(head.slice(9, 12)), body: text });
      this.#answered = undefined;
    });
    return socket;
  }
}
