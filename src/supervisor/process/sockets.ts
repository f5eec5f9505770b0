import type { Service } from '../plan.ts';
import type { Ports } from '../ports.ts';
import { type BoundSocket, bindSocket } from './bound-socket.ts';

/**
 * The sockets that the instances of a service share: bound here once, inherited by each process, listened on
 * by all. What waits to be accepted waits in one queue that belongs to none of them, so a process that ends
 * or stands still takes no waiting connection with it (docs/explanation/restarts.md has the figures).
 */
export class SharedSockets {
  readonly #host: string;
  readonly #api: BoundSocket[] = [];

  constructor(host: string) {
    this.#host = host;
  }

  /**
   * Binds what `listens: 'api'` stands for: the API, and the API over TLS. Throws where another program has
   * the port.
   */
  bind(ports: Pick<Ports, 'api' | 'tls'>): void {
    for (const port of [ports.api, ports.tls]) {
      try {
        this.#api.push(bindSocket(this.#host, port));
      } catch (error) {
        this.close();
        throw new Error(`cannot listen on ${this.#host}:${port}: ${(error as Error).message}`);
      }
    }
  }

  /**
   * What a process of the service inherits, in the order of `contract.ts`; empty where it listens by itself.
   */
  of(listens: Service['listens']): number[] {
    return listens === 'api' ? this.#api.map((socket) => socket.fd()) : [];
  }

  /** From then on the sockets last as long as the processes that listen on them. */
  close(): void {
    for (const socket of this.#api.splice(0)) socket.close();
  }
}
