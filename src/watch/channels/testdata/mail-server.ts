import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface Received {
  from: string;
  to: string[];
  /** The whole of it, headers first, as it came. */
  data: string;
}

/** A mail server that knows as much of SMTP (RFC 5321) as is needed; `nobody@…` is refused for good. */
export async function mailServer() {
  const got: Received[] = [];
  /** It greets nobody while `hangs`, and takes nothing for now while `busy`. */
  const mind = { hangs: false, busy: false };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    if (mind.hangs) return;
    const say = (line: string) => socket.write(`${line}\r\n`);
    let [text, inData]: [string, boolean] = ['', false];
    let mail: Received = { from: '', to: [], data: '' };
    const command = (line: string) => {
      const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
      switch (line.slice(0, 4).toUpperCase()) {
        case 'EHLO':
          return say('250 mail.example');
        case 'MAIL':
          mail = { from: address, to: [], data: '' };
          return say(mind.busy ? '451 later' : '250 ok');
        case 'RCPT':
          if (address.startsWith('nobody@')) return say('550 no such user');
          mail.to.push(address);
          return say('250 ok');
        case 'DATA':
          inData = true;
          return say('354 go on');
        case 'QUIT':
          say('221 bye');
          return socket.end();
        default:
          return say('502 not here');
      }
    };
    say('220 mail.example');
    socket.on('data', (part) => {
      text += part;
      for (;;) {
        const end = text.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const taken = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          got.push({ ...mail, data: taken });
          say('250 taken');
        } else command(taken);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    got,
    mind,
    open,
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
