import type { Credentials } from './credentials.ts';

/** The consumer key and secret of `Authorization: Basic …` (RFC 7617); `undefined` when it is anything else. */
export function basicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,2000})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  return { consumerKey: text.slice(0, colon), consumerSecret: text.slice(colon + 1) };
}
