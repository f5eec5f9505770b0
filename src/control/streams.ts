import type { ServerResponse } from 'node:http';
import { type InstanceId, wireLimits } from '../rollout/protocol.ts';

/** The open streams to agents, one an instance. Nothing here waits: a consumer too slow for its buffer is cut. */
export interface Streams {
  /** Takes the response over, in the place of an older stream to the same instance. */
  open(id: InstanceId, response: ServerResponse): void;
  /** Whether there is a stream to send it on; what is not received is said again when the instance connects. */
  send(service: string, instance: string, text: string): boolean;
  /** Ends all, so that agents look for the process that leads now. */
  endAll(): void;
  close(): void;
  readonly size: number;
  /** Streams that were cut because their buffer was full. */
  readonly cut: number;
}

/** For what an agent has not read yet: one event of the largest size, and small ones beside it. */
const BUFFER_BYTES = wireLimits.eventBytes + 65_536;
const KEEP_ALIVE = ': alive\n\n';

export function createStreams(): Streams {
  const open = new Map<string, ServerResponse>();
  let cut = 0;

  const keepAlive = setInterval(() => {
    for (const key of open.keys()) write(key, KEEP_ALIVE);
  }, wireLimits.keepAliveMs / 2).unref();

  function write(key: string, text: string): boolean {
    const response = open.get(key);
    if (response === undefined) return false;
    if (response.writableLength + text.length > BUFFER_BYTES) {
      cut += 1;
      response.destroy();
      return false;
    }
    response.write(text);
    return true;
  }

  function endAll(): void {
    for (const response of open.values()) response.end();
    open.clear();
  }

  return {
    open(id, response) {
      const key = keyOf(id.service, id.instance);
      open.get(key)?.destroy();
      open.set(key, response);
      response.on('close', () => {
        if (open.get(key) === response) open.delete(key);
      });
      // A socket that breaks while it is written to closes too, which is all there is to know.
      response.on('error', () => {});
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(KEEP_ALIVE);
    },
    send: (service, instance, text) => write(keyOf(service, instance), text),
    endAll,
    close() {
      clearInterval(keepAlive);
      endAll();
    },
    get size() {
      return open.size;
    },
    get cut() {
      return cut;
    },
  };
}

function keyOf(service: string, instance: string): string {
  return `${service} ${instance}`;
}
