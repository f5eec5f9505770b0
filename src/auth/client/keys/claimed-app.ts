import { parseToken } from '../../token.ts';

/** Whose token it says it is; nobody has looked whether that is true. */
export function claimedApp(token: string): string | undefined {
  return parseToken(token)?.appId;
}
