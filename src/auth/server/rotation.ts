import { longestTokenLifetimeSeconds } from '../wire.ts';

/*
 * The life of a signing key follows from one time, `signsFrom`, and by the key that comes after it:
 *
 *   created ──── published ────► signsFrom ──── signs ────► successor's signsFrom ──── published ────► gone
 *            keyPublishAhead                keyRotation                     longest token lifetime + margin
 */

export interface KeyTimes {
  id: string;
  signsFromMs: number;
  /** Whether this server can sign with it: it was sealed under the same secret. */
  openable: boolean;
}

export interface RotationSettings {
  keyRotationSeconds: number;
  keyPublishAheadSeconds: number;
}

const publishedAfterMs = (longestTokenLifetimeSeconds + 3_600) * 1_000;

/** The newest key whose time has come, of those that can sign. */
export function signingKey<K extends KeyTimes>(keys: readonly K[], nowMs: number): K | undefined {
  return newest(keys.filter((key) => key.openable && key.signsFromMs <= nowMs));
}

/** When a new key shall begin to sign, if it is time to create one; in milliseconds since the epoch. */
export function nextKeySignsFrom(
  keys: readonly KeyTimes[],
  nowMs: number,
  settings: RotationSettings,
): number | undefined {
  const own = keys.filter((key) => key.openable);
  const last = newest(own);
  // Nobody can sign now, so nobody holds a token of a key that is not published: no need to wait.
  if (last === undefined) return nowMs;
  const aheadMs = settings.keyPublishAheadSeconds * 1_000;
  const endsMs = last.signsFromMs + settings.keyRotationSeconds * 1_000;
  return endsMs <= nowMs + aheadMs ? Math.max(endsMs, nowMs + aheadMs) : undefined;
}

/** Keys whose last possible token has expired. */
export function retiredKeys<K extends KeyTimes>(keys: readonly K[], nowMs: number): K[] {
  const ordered = keys.toSorted((a, b) => a.signsFromMs - b.signsFromMs);
  return ordered.filter((_, index) => {
    const successor = ordered[index + 1];
    return successor !== undefined && successor.signsFromMs + publishedAfterMs < nowMs;
  });
}

function newest<K extends KeyTimes>(keys: readonly K[]): K | undefined {
  return keys.reduce<K | undefined>(
    (best, key) => (best === undefined || key.signsFromMs > best.signsFromMs ? key : best),
    undefined,
  );
}
