// The load of the serving benches, in a process of its own. Open loop: requests are sent when they are due,
// whatever became of those before, on a free connection or a new one; after the time-out the client gives up
// and closes. With `--closed N` instead, N connections send one request after the other, which measures
// capacity. Writes one line of JSON.
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Phase, Seen } from './serving-rig.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    phases: { type: 'string', default: '[]' },
    timeout: { type: 'string', default: '500' },
    closed: { type: 'string', default: '0' },
    path: { type: 'string', default: '/pay' },
  },
});
const port = Number(values.port);
const phases: Phase[] = JSON.parse(values.phases);
const timeoutMs = Number(values.timeout);
const BUCKET_MS = 250;
const MAX_CATCH_UP_MS = 50;
const body = '{"BusinessShortCode":"174379","Amount":"1"}';
const bytes = Buffer.from(
  `POST ${values.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);

interface Connection {
  socket: Socket;
  sentAt: number;
  busy: boolean;
  received: string;
}

const seen: Seen = { sent: 0, ok: 0, refused: 0, timedOut: 0, failed: 0, okMs: [], okByBucket: [], lagMs: 0 };
const free: Connection[] = [];
/** In the order of sending. */
const busy = new Set<Connection>();
const began = performance.now();
let answered: (connection: Connection) => void = (connection) => free.push(connection);

function open(): Connection {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const connection: Connection = { socket, sentAt: 0, busy: false, received: '' };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => onData(connection, chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    const at = free.indexOf(connection);
    if (at !== -1) free.splice(at, 1);
    if (end(connection)) seen.failed += 1;
  });
  return connection;
}

function send(connection: Connection): void {
  connection.busy = true;
  connection.received = '';
  connection.sentAt = performance.now();
  busy.add(connection);
  seen.sent += 1;
  connection.socket.write(bytes);
}

function end(connection: Connection): boolean {
  if (!connection.busy) return false;
  connection.busy = false;
  return busy.delete(connection);
}

function onData(connection: Connection, chunk: string): void {
  connection.received += chunk;
  const { received } = connection;
  const headerEnd = received.indexOf('\r\n\r\n');
  if (headerEnd === -1) return;
  const header = received.slice(0, headerEnd).toLowerCase();
  const length = /content-length: (\d+)/.exec(header)?.[1] ?? '0';
  if (received.length < headerEnd + 4 + Number(length)) return;
  if (!end(connection)) return;
  const now = performance.now();
  const status = received.slice(9, 12);
  if (status === '200') {
    seen.ok += 1;
    seen.okMs.push(now - connection.sentAt);
    const bucket = Math.floor((now - began) / BUCKET_MS);
    seen.okByBucket[bucket] = (seen.okByBucket[bucket] ?? 0) + 1;
  } else if (status === '503') seen.refused += 1;
  else seen.failed += 1;
  if (header.includes('connection: close')) connection.socket.destroy();
  else answered(connection);
}

function giveUp(now: number): void {
  for (const connection of busy) {
    if (now - connection.sentAt < timeoutMs) return;
    end(connection);
    seen.timedOut += 1;
    connection.socket.destroy();
  }
}

async function openLoop(): Promise<void> {
  for (const { rate, seconds } of phases) {
    const from = performance.now();
    let sent = 0;
    for (;;) {
      const now = performance.now();
      const due = Math.floor(Math.min((now - from) / 1_000, seconds) * rate);
      seen.lagMs = Math.max(seen.lagMs, ((due - sent) / rate) * 1_000);
      // A generator that was kept from running must not make up for it in one burst.
      sent = Math.max(sent, due - Math.ceil((rate * MAX_CATCH_UP_MS) / 1_000));
      for (; sent < due; sent += 1) send(free.pop() ?? open());
      if (now - from >= seconds * 1_000) break;
      await sleep(1);
      // After what has arrived meanwhile has been read: an answer that waited for us is not a time-out.
      await turn();
      giveUp(performance.now());
    }
  }
}

async function closedLoop(connections: number): Promise<void> {
  answered = send;
  for (let n = 0; n < connections; n += 1) send(open());
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  await sleep(seconds * 1_000);
  answered = () => {};
}

const connections = Number(values.closed);
if (connections > 0) await closedLoop(connections);
else await openLoop();
const until = performance.now() + timeoutMs + 100;
while (busy.size > 0 && performance.now() < until) {
  await sleep(10);
  await turn();
  giveUp(performance.now());
}
process.stdout.write(JSON.stringify(seen), () => process.exit(0));
