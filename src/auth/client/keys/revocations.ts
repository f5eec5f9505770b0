import type { Deadline } from '../../../platform/deadline.ts';
import type { Log } from '../../../platform/log.ts';
import { keepRefreshing } from '../../refresh.ts';
import { maxRevocations, paths, signedTypes } from '../../wire.ts';
import type { AuthClientSettings } from '../settings.ts';
import type { Asked } from '../transport/failure.ts';
import { failure, unexpectedStatus } from '../transport/failure.ts';
import type { Servers } from '../transport/servers.ts';
import type { TokenClaims } from '../types.ts';
import { isObject } from './key-set.ts';
import type { Keys } from './keys.ts';
import { parseSigned, signedBy } from './signed-text.ts';

export interface Revocations {
  has(claims: TokenClaims): boolean;
  close(): void;
}

interface RevocationList {
  version: number;
  tokens: ReadonlySet<string>;
  /** Seconds since the epoch, by app id. */
  apps: ReadonlyMap<string, number>;
}

/**
 * The revocation list, fetched in the background. With the servers gone, the last one known stays in force.
 */
export function createRevocations({
  settings,
  log,
  servers,
  keys,
}: {
  settings: () => AuthClientSettings;
  log: Log;
  servers: Servers;
  keys: Pick<Keys, 'get'>;
}): Revocations {
  let list: RevocationList = { version: 0, tokens: new Set(), apps: new Map() };

  const refreshing = keepRefreshing({
    intervalMs: () => settings().revocationRefreshSeconds * 1_000,
    timeoutMs: 10_000,
    longestRetryMs: 10_000,
    onError: (error) => log.error({ err: error }, 'revocations could not be refreshed'),
    work: refresh,
  });

  async function refresh(deadline: Deadline): Promise<boolean> {
    const asked = await servers.ask(
      { method: 'GET', path: paths.revocations },
      ({ status, body }): Asked<RevocationList | undefined> => {
        return status === 200 ? believed(body) : unexpectedStatus(status);
      },
      deadline,
    );
    if (!asked.ok || asked.value === undefined) return false;
    // A server that has lost the database publishes an older list than another: never go back.
    if (asked.value.version >= list.version) list = asked.value;
    return true;
  }

  /** `undefined`: its key is not known yet, which is nobody's fault, or of another history than ours. */
  function believed(text: string): Asked<RevocationList | undefined> {
    const signed = parseSigned(text);
    if (signed?.type !== signedTypes.revocations) return failure('wrong_answer', 'not a revocation list');
    const key = keys.get(signed.keyId);
    // Another history's list is no later version of ours, whatever number it carries.
    if (key === undefined || key.beside) return { ok: true, value: undefined };
    if (!signedBy(signed, key.publicKey) || signed.claims.iss !== settings().issuer) {
      return failure('wrong_answer', 'the revocation list is not signed by a known key');
    }
    const parsed = parseList(signed.claims);
    return parsed === undefined
      ? failure('wrong_answer', 'the revocation list has another form')
      : { ok: true, value: parsed };
  }

  return {
    has({ appId, tokenId, issuedAt }) {
      return list.tokens.has(tokenId) || issuedAt < (list.apps.get(appId) ?? 0);
    },
    close: () => void refreshing.stop(),
  };
}

function parseList({ version, tokens, apps }: Record<string, unknown>): RevocationList | undefined {
  if (typeof version !== 'number' || !Array.isArray(tokens) || !isObject(apps)) return undefined;
  const before = Object.entries(apps);
  if (tokens.length + before.length > maxRevocations) return undefined;
  return {
    version,
    tokens: new Set(tokens.filter((token) => typeof token === 'string')),
    apps: new Map(before.filter((entry): entry is [string, number] => typeof entry[1] === 'number')),
  };
}
