import net from 'node:net';
import { getSystemErrorName } from 'node:util';

/** A socket that is bound and does not listen: the process that inherits it does. */
export interface BoundSocket {
  fd(): number;
  close(): void;
}

/** Throws where the address cannot be had. */
export function bindSocket(host: string, port: number): BoundSocket {
  // Node 22 has no `BoundSocket`.
  return 'BoundSocket' in net ? new net.BoundSocket({ host, port }) : bindHandle(host, port);
}

/**
 * What `BoundSocket` does, where Node has none: its only other way to a bound socket is the handle below its
 * servers. One that listens would not do: the supervisor would take connections that belong to its processes.
 */
export function bindHandle(host: string, port: number): BoundSocket {
  const { TCP, constants } = tcpBinding();
  const handle = new TCP(constants.SERVER);
  const bound = net.isIPv6(host) ? handle.bind6(host, port, 0) : handle.bind(host, port);
  // The first call after `bind` fails when the address is in use.
  const code = bound === 0 ? handle.getsockname({}) : bound;
  if (code === 0) return { fd: () => handle.fd, close: () => handle.close() };
  handle.close();
  throw new Error(`bind ${getSystemErrorName(code)} ${host}:${port}`);
}

interface TcpHandle {
  readonly fd: number;
  bind(host: string, port: number): number;
  bind6(host: string, port: number, flags: number): number;
  getsockname(into: object): number;
  close(): void;
}

interface TcpBinding {
  TCP: new (type: number) => TcpHandle;
  constants: { SERVER: number };
}

/** Not in Node's types: it is not for everyday use, and kept for what needs it. */
function tcpBinding(): TcpBinding {
  const { binding } = process as unknown as { binding(name: 'tcp_wrap'): TcpBinding };
  return binding('tcp_wrap');
}
