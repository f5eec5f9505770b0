import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after } from 'node:test';
import { type Answer, decode, encode, type Question } from 'dns-packet';
import { Deadline } from '../../src/platform/deadline.ts';
import { lookUntil } from '../../src/platform/loop/look-until.ts';

export interface BrokenServer {
  port: number;
  /** Connections that are open now, as the server sees them. */
  open(): number;
}

/** A TCP server that treats each connection as `behave` says. */
export async function brokenServer(behave: (socket: Socket) => void): Promise<BrokenServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, open: () => sockets.size };
}

/** A way to a server, by another port, that can be taken down and brought back. */
export async function relayTo(url: string): Promise<{ port: number; down(down: boolean): void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isDown = false;
  const { port } = await brokenServer((socket) => {
    if (isDown) return void socket.destroy();
    sockets.add(socket);
    const onward = connect(Number(target.port), target.hostname);
    onward.on('error', () => socket.destroy());
    onward.on('close', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      onward.destroy();
    });
    socket.pipe(onward).pipe(socket);
    return undefined;
  });
  return {
    port,
    down(down) {
      isDown = down;
      if (down) for (const socket of sockets) socket.destroy();
    },
  };
}

/** Takes connections and everything that is sent, and never says a word. */
export const silent = (socket: Socket) => void socket.resume();

/** Says `text`, then `drop` again and again, every `everyMs`, for as long as anyone listens. */
export function dripping(text: string, drop: string, everyMs: number) {
  return (socket: Socket) => {
    socket.resume();
    socket.once('data', () => {
      socket.write(text);
      const timer = setInterval(() => socket.write(drop), everyMs);
      socket.on('close', () => clearInterval(timer));
    });
  };
}

/** Says `text` to whatever is asked, and ends. */
export function saying(text: string | Buffer) {
  return (socket: Socket) => void socket.once('data', () => socket.end(text));
}

/** A body without end, as fast as it is taken. */
export function flooding(socket: Socket): void {
  const block = Buffer.alloc(65_536, 'a');
  const pour = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.on('drain', pour);
    pour();
  });
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * A port whose process is stopped and whose backlog is full: the next connection gets no answer to its SYN.
 */
export async function fullPort(): Promise<number> {
  const script = `const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
    () => process.send(s.address().port))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const port = await new Promise<number>((resolve) =>
    child.once('message', (message) => resolve(Number(message))),
  );
  child.kill('SIGSTOP');
  const filling = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  after(() => {
    for (const socket of filling) socket.destroy();
    child.kill('SIGKILL');
  });
  await eventually(() => filling.filter((socket) => !socket.connecting).length >= 2);
  return port;
}

/** A DNS server on loopback; `answer` returns records, `nxdomain`, or nothing for a question it ignores. */
export async function dnsServer(answer: (question: Question) => Answer[] | 'nxdomain' | undefined) {
  const asked: Question[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const { id, questions = [] } = decode(message);
    asked.push(...questions);
    const answers = questions.map(answer)[0];
    if (answers === undefined) return;
    const found = answers === 'nxdomain' ? [] : answers;
    // RFC 1035: code 3 in the last four bits of the flags is "no such name".
    const flags = 0x0100 | 0x0080 | (answers === 'nxdomain' ? 3 : 0);
    socket.send(
      encode({ type: 'response', id: id ?? 0, flags, questions, answers: found }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  after(() => socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

/**
 * Waits until `condition` holds, for at most `withinMs`; then it is judged once more by the caller's
 * assertion.
 */
export async function eventually(condition: () => boolean, withinMs = 5_000): Promise<boolean> {
  const deadline = Deadline.in(withinMs);
  return (await lookUntil(() => condition() || undefined, { everyMs: 10, deadline })) ?? condition();
}

/** Sockets, timers and lookups this process has, counted by kind. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The kinds of resources there are more of than before. */
export function grown(before: Record<string, number>): string[] {
  return Object.entries(resources())
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${kind}: ${before[kind] ?? 0} → ${count}`);
}
