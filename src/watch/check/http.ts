import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';
import { lookup } from './lookup.ts';

const MOST_BYTES = 1_000_000;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/**
 * GET over a connection of its own, so that what is found is what a new client finds. Throws what the network
 * throws; the signal ends it.
 */
export function get(
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const ask = url.startsWith('https:') ? getTls : getPlain;
  const request = ask(
    url,
    { agent: false, signal, lookup, headers: { ...headers, connection: 'close' } },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        if (text.length < MOST_BYTES) text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    },
  );
  request.on('error', reject);
  return promise;
}

/** A check of an address; throws the reason why it is not well. */
export async function checkHttp(
  { url, below, text }: { url: string; below: number; text?: string },
  signal: AbortSignal,
): Promise<void> {
  const answer = await get(url, signal, { 'user-agent': 'imara-watch' });
  if (answer.status >= below) throw new Error(`it answers ${answer.status}`);
  if (text !== undefined && !answer.text.includes(text))
    throw new Error(`its answer does not hold "${text}"`);
}
