import { connect, type Socket } from 'node:net';

const ANSWER_MS = 10_000;

/**
 * One POST after another on one kept connection, at a third of what `node:http` costs: in one write, and with
 * just as much of HTTP as the answers of control need. Rejects when the answer is not 200, late, or the
 * connection breaks.
 */
export function postOver(url: URL, token: string): (body: string) => Promise<string> {
  const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: Bearer ${token}\r\n\
content-type: application/json\r\ncontent-length: `;
  let socket: Socket | undefined;
  let answered: ((text: string) => void) | undefined;
  let failed: ((error: Error) => void) | undefined;

  function open(): Socket {
    const opened = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    let rest = '';
    opened.setEncoding('utf8').setTimeout(ANSWER_MS, () => opened.destroy(new Error('no answer')));
    opened.on('data', (chunk: string) => {
      rest += chunk;
      const end = rest.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, end))?.[1]);
      if (end < 0 || rest.length < end + 4 + length) return;
      if (rest.startsWith('HTTP/1.1 200')) answered?.(rest.slice(end + 4));
      else failed?.(new Error(rest));
      rest = '';
    });
    opened.on('error', () => {});
    opened.on('close', () => {
      if (socket === opened) socket = undefined;
      failed?.(new Error('the connection broke'));
    });
    return opened;
  }

  return (body) =>
    new Promise((resolve, reject) => {
      answered = resolve;
      failed = reject;
      socket ??= open();
      socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
}
