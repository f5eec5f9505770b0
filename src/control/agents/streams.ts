import type { ServerResponse } from 'node:http';
import { endWithClient } from '../../platform/http/http-answers.ts';
import { type InstanceId, wireLimits } from '../../rollout/protocol.ts';

/**
 * The open streams to agents, one an instance. Nothing here waits: a consumer too slow for its buffer is cut.
 */
export interface Streams {
  /** Takes the response over, in the place of an older stream to the same instance. */
  open(id: InstanceId, response: ServerResponse): void;
  /**
   * Whether there is a stream to send it on; what is not received is said again when the instance connects.
   */
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

  /** Those that were written to since the last time need no sign of life. */
  const spokenTo = new Set<string>();
  const keepAlive = setInterval(() => {
    for (const key of open.keys()) if (!spokenTo.delete(key)) write(key, KEEP_ALIVE);
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
    // At once, and not with the thousandth of the same wave, for which Node would wait.
    response.socket?.uncork();
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
        if (open.get(key) !== response) return;
        open.delete(key);
        spokenTo.delete(key);
      });
      endWithClient(response);
      // A socket that breaks while it is written to closes too, which is all there is to know.
      response.on('error', () => {});
      // Ended by its connection, like any event stream: chunks would cost each event two more buffers.
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(KEEP_ALIVE);
    },
    send(service, instance, text) {
      const key = keyOf(service, instance);
      const written = write(key, text);
      if (written) spokenTo.add(key);
      return written;
    },
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
