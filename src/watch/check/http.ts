import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { lookup } from './lookup.ts';

const MOST_BYTES = 1_000_000;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

export interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A request over a connection of its own, so that what is found is what a new client finds. Throws what the
 * network throws; the signal ends it.
 */
export function ask(
  url: string,
  signal: AbortSignal,
  { method = 'GET', headers, body }: Asked = {},
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const start = url.startsWith('https:') ? requestTls : requestPlain;
  const all = { 'user-agent': 'imara-watch', ...headers, connection: 'close' };
  const request = start(url, { method, agent: false, signal, lookup, headers: all }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      if (text.length < MOST_BYTES) text += part;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    response.on('error', reject);
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** A check of an address; throws the reason why it is not well. */
export async function checkHttp(
  { url, below, text }: { url: string; below: number; text?: string },
  signal: AbortSignal,
): Promise<void> {
  const answer = await ask(url, signal);
  if (answer.status >= below) throw new Error(`it answers ${answer.status}`);
  if (text !== undefined && !answer.text.includes(text))
    throw new Error(`its answer does not hold "${text}"`);
}
