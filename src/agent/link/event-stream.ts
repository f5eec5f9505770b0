import { createParser } from 'eventsource-parser';

/** One event of a `text/event-stream`. */
export interface StreamedEvent {
  /** `undefined`: the event has none. */
  readonly id: string | undefined;
  readonly data: string;
}

/** A stream that cannot be followed any further. */
export class StreamFault extends Error {
  override readonly name = 'StreamFault';
}

/**
 * Reads server-sent events from chunks, however they are cut (`retry` is left out: the agent has a back-off
 * of its own). Throws `StreamFault` when an event is longer than `maxBytes`, before it is gathered; also when
 * so much comes that is none at all, which the parser passes over.
 */
export function createEventReader(maxBytes: number): (chunk: Uint8Array) => StreamedEvent[] {
  const decoder = new TextDecoder();
  let events: StreamedEvent[] = [];
  let sinceLast = 0;
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: ({ id, data }) => {
      sinceLast = 0;
      // The bound of the parser is on what it keeps from chunk to chunk.
      isTooLong ||= data.length > maxBytes;
      events.push({ id, data });
    },
    onComment: () => {
      sinceLast = 0;
    },
    onError: ({ type }) => {
      isTooLong ||= type === 'max-buffer-size-exceeded';
    },
  });

  return (chunk) => {
    const text = decoder.decode(chunk, { stream: true });
    events = [];
    sinceLast += text.length;
    parser.feed(text);
    if (isTooLong || sinceLast > maxBytes) throw new StreamFault(`an event of more than ${maxBytes} bytes`);
    return events;
  };
}
