import { timingSafeEqual } from 'node:crypto';

/**
 * Whether the header carries this token. How long it takes tells no more than the length, which is no secret.
 * The watch has this itself: it shares no library with what it watches.
 */
export function carries(header: string | undefined, token: string): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (bearer === undefined) return false;
  const [shown, expected] = [Buffer.from(bearer), Buffer.from(token)];
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}
