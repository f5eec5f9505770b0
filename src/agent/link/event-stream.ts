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
 * Reads server-sent events from chunks, however they are cut (WHATWG HTML, section 9.2.6; `retry` is left out: the agent
 * has a back-off of its own). Throws `StreamFault` when an event is longer than `maxBytes`, before it is gathered.
 */
export function createEventReader(maxBytes: number): (chunk: Uint8Array) => StreamedEvent[] {
  const decoder = new TextDecoder();
  let rest = '';
  let bytes = 0;
  let id: string | undefined;
  let data: string[] = [];

  const readLine = (line: string): StreamedEvent | undefined => {
    if (line === '') {
      const event = data.length === 0 ? undefined : { id, data: data.join('\n') };
      data = [];
      id = undefined;
      bytes = 0;
      return event;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'id') id = value;
    return undefined;
  };

  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    const events: StreamedEvent[] = [];
    for (const line of lines) {
      bytes += line.length;
      if (bytes > maxBytes) throw new StreamFault(`an event of more than ${maxBytes} bytes`);
      const event = readLine(line);
      if (event !== undefined) events.push(event);
    }
    if (bytes + rest.length > maxBytes) throw new StreamFault(`an event of more than ${maxBytes} bytes`);
    return events;
  };
}
