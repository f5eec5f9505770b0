import { timingSafeEqual } from 'node:crypto';

/**
 * The token of `Authorization: Bearer …` (RFC 6750), whose scheme may be written in any case; `undefined`
 * when it is anything else.
 */
export function readBearer(header: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
}

/**
 * Whether the header carries this token. How long it takes tells no more than the length, which is no secret.
 */
export function carriesToken(header: string | undefined, token: string): boolean {
  const bearer = readBearer(header);
  if (bearer === undefined) return false;
  const [shown, expected] = [Buffer.from(bearer), Buffer.from(token)];
  return shown.length === expected.length && timingSafeEqual(shown, expected);
}
