import type { FastifyRequest } from 'fastify';
import { isSecretName } from '../../platform/secret-names.ts';

/** What a request that was taken leaves behind of how it was asked. */
export interface Asked {
  readonly path: string;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
}

const MOST_HEADERS = 30;
const MOST_CHARACTERS = 200;
const MOST_IN_ALL = 2_000;
const MASK = '••••';
/** Names come again and again; a client may make up as many as it likes, so the memory is bounded. */
const MOST_NAMES = 1_000;
const secret = new Map<string, boolean>();

/**
 * The request's path, address and headers as JSON, for the page of its payment: a column written with the
 * acceptance, since a row beside it would double what the acceptance costs, and a log is on another machine
 * than who asks for it. Values under names like a secret's are masked; the body is not in it.
 */
export function askedText({ url, ip, raw }: FastifyRequest): string {
  const headers: Record<string, string> = {};
  const { rawHeaders } = raw;
  const end = Math.min(rawHeaders.length, MOST_HEADERS * 2);
  let length = 0;
  for (let i = 0; i < end; i += 2) {
    const name = (rawHeaders[i] ?? '').slice(0, MOST_CHARACTERS);
    const value = isSecret(name) ? MASK : (rawHeaders[i + 1] ?? '').slice(0, MOST_CHARACTERS);
    length += name.length + value.length;
    if (length > MOST_IN_ALL) break;
    headers[name] = value;
  }
  return JSON.stringify({
    path: url.slice(0, MOST_CHARACTERS),
    from: ip,
    headers,
  } satisfies Asked).replaceAll('\\u0000', '');
}

function isSecret(name: string): boolean {
  const known = secret.get(name);
  if (known !== undefined) return known;
  const is = isSecretName(name);
  if (secret.size < MOST_NAMES) secret.set(name, is);
  return is;
}
