import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/*
 * Node answers some requests by itself, in a form that is nobody's, and cuts some connections without an
 * answer. A server here answers everything in its own form, and a client that has sent a whole request gets
 * its answer.
 */

/** What a client did that ends its connection before there is a request to route. */
export type ClientFault = 'malformed' | 'header_too_large' | 'too_slow';

/**
 * What Node's parser found, or did not get in time. `undefined`: the connection broke, there is nobody to
 * answer.
 */
export function clientFault(code: string | undefined): ClientFault | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 'header_too_large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too_slow';
  if (code?.startsWith('HPE_')) return 'malformed';
  return undefined;
}

/**
 * A client that has sent its whole request may close its side: it still gets its answer. One that resets the
 * connection does not.
 */
export function allowHalfClosed(server: Server): void {
  Object.assign(server, { httpAllowHalfOpen: true });
}

/** An event stream has no end of its own: it ends when its client closes its side. */
export function endWithClient(response: ServerResponse): void {
  response.socket?.once('end', () => response.destroy());
}

/** A request names one host (RFC 9112, 3.2): with two, a proxy may have gone by another one than we do. */
export function hostFault({ httpVersion, rawHeaders }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) return 'a request takes one Host header';
  return hosts === 0 && httpVersion === '1.1' ? 'HTTP/1.1 takes a Host header' : undefined;
}

/** The whole answer as bytes, for a connection on which there is no request to answer. */
export function answerBytes(status: number, body: string): string {
  return (
    `HTTP/1.1 ${status} ${reasonPhrase[status] ?? 'Error'}\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}

const reasonPhrase: Record<number, string> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

const faults: Record<ClientFault, { status: number; message: string }> = {
  malformed: { status: 400, message: 'this is not a request of HTTP/1.1' },
  header_too_large: { status: 431, message: 'the headers are too large' },
  too_slow: { status: 408, message: 'the request did not arrive in time' },
};

/**
 * All of it for a server without a gate: control's, the admin ports, the authentication servers'. `form`:
 * JSON of a status and why.
 */
export function answerInOwnForm(server: Server, form: (status: number, message: string) => string): void {
  const end = (socket: Duplex, status: number, message: string): void => {
    socket.end(answerBytes(status, form(status, message)), () => socket.destroy());
  };
  allowHalfClosed(server);
  Object.assign(server, { requireHostHeader: false });
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const fault = clientFault(error.code);
    if (fault === undefined || !socket.writable) socket.destroy();
    else end(socket, faults[fault].status, faults[fault].message);
  });
  server.on('connect', (_request, socket) => end(socket, 405, 'CONNECT is not for this server'));
  const listeners = server.listeners('request');
  const receive: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
    const fault = hostFault(request);
    if (fault !== undefined) {
      const body = form(400, fault);
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      response.writeHead(400, { ...headers, Connection: 'close' }).end(body);
      return;
    }
    for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
  };
  server.removeAllListeners('request').on('request', receive).on('checkExpectation', receive);
}
