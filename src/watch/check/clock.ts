import { createSocket } from 'node:dgram';
import { lookup } from './lookup.ts';

/** From 1900, where NTP begins, to 1970, s. */
const EPOCH_S = 2_208_988_800;
const PACKET_BYTES = 48;
/** Version 4, client (RFC 4330). */
const ASK = 0x23;
const TRANSMIT_AT = 40;

/** How far this machine's clock is from that of a time server; throws when further than it may be. */
export async function checkClock(
  { host, port, offsetMs }: { host: string; port: number; offsetMs: number },
  signal: AbortSignal,
  wall: () => number,
): Promise<void> {
  const socket = createSocket({
    type: 'udp4',
    lookup: (name, options, found) =>
      lookup(name, { ...options, all: false }, (error, address) => found(error, String(address), 4)),
  });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  socket.once('message', resolve);
  socket.once('error', reject);
  try {
    const sentAt = wall();
    socket.send(Buffer.concat([Buffer.from([ASK]), Buffer.alloc(PACKET_BYTES - 1)]), port, host);
    const answer = await promise;
    const heardAt = wall();
    if (answer.length < PACKET_BYTES) throw new Error(`${host} gives no time`);
    const theirs =
      (answer.readUInt32BE(TRANSMIT_AT) - EPOCH_S + answer.readUInt32BE(TRANSMIT_AT + 4) / 2 ** 32) * 1_000;
    const away = Math.round((sentAt + heardAt) / 2 - theirs);
    if (Math.abs(away) > offsetMs) throw new Error(`this clock is ${away} ms from that of ${host}`);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.close();
  }
}
