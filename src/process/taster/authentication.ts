import { isDeepStrictEqual } from 'node:util';
import { checkAuthServer, checkTokens, type TokenTrial } from '../../auth/client/check.ts';
import type { KnownKeys } from '../../auth/client/keys/key-set.ts';
import type { AuthClientSettings } from '../../auth/client/settings.ts';
import type { Failure } from '../../auth/client/transport/failure.ts';
import type { Deadline } from '../../platform/deadline.ts';
import { type Judged, judge, type TastedAddress } from './judge.ts';

/** What says whether a server is one of ours, beside the servers. */
export interface Ours extends Omit<TokenTrial, 'keys'> {
  /** The keys that this process verified tokens with last; none where it verifies none. */
  lastKeys: KnownKeys;
}

/**
 * How a server is reached, and what is taken from it: with another of these the same address is another one.
 */
const CONNECTION = [
  'issuer',
  'certificateAuthorities',
  'dnsServers',
  'resolveTimeoutMs',
  'connectTimeoutMs',
  'tlsTimeoutMs',
  'headersTimeoutMs',
  'bodyTimeoutMs',
  'attemptTimeoutMs',
  'callTimeoutMs',
  'hedgeAfterMs',
  'maxAttempts',
] as const satisfies readonly (keyof AuthClientSettings)[];

/** Keys that tokens must belong to, and whose they are. */
interface Reference {
  of: string;
  keys: KnownKeys;
  /** Nobody published them just now: the newest key may not be among them. */
  areOld?: true;
}

interface Tried {
  address: string;
  isStaying: boolean;
  /** Of each of its endpoints that answered. */
  published: readonly KnownKeys[];
  fault?: string;
}

/**
 * Tastes each authentication server alone, and judges them as a set. A server is foreign when its keys share
 * none with those that tokens are verified with: whatever it issued would be refused wherever the other
 * servers are asked, and the other way round. Sets need not be equal, because rotation reaches one server
 * before another. A server may publish our keys and make its tokens with another secret, so a token of each
 * is verified too.
 */
export async function tasteAuthServers(
  auth: AuthClientSettings,
  served: AuthClientSettings | undefined,
  ours: Ours,
  deadline: Deadline,
): Promise<Judged> {
  const sameWay = CONNECTION.every((name) => isDeepStrictEqual(auth[name], served?.[name]));
  const isStaying = (address: string) => sameWay && (served?.servers.includes(address) ?? false);
  const leaving = (served?.servers ?? []).filter((address) => !auth.servers.includes(address) || !sameWay);
  const once = [...new Set(auth.servers)];
  const [tried, left] = await Promise.all([
    Promise.all(once.map((address) => triedServer(address, auth, isStaying(address), deadline))),
    Promise.all(leaving.map((address) => triedServer(address, served ?? auth, true, deadline))),
  ]);
  const sane = withoutStrangers(tried, ours.lastKeys);
  const reference = referenceOf(sane, left, ours.lastKeys);
  const alike = sane.map((server) => (reference === undefined ? server : comparedWith(reference, server)));
  const trial = { ...ours, keys: keysOfTokens(reference, alike) };
  const tasted = new Map(
    await Promise.all(
      alike.map(async (server): Promise<[string, TastedAddress]> => {
        // Last, because it shows the server a secret: a stranger never sees it.
        const fault = server.fault ?? (await faultOfTokens(server.address, auth, trial, deadline));
        return [server.address, { address: server.address, ...(fault === undefined ? {} : { fault }) }];
      }),
    ),
  );
  const inOrder = auth.servers.map((address) => tasted.get(address) ?? { address });
  return judge('auth.servers', inOrder, { isStaying });
}

/**
 * Asked twice, as the library would: a server's first token for somebody costs it a slow hash, and a busy
 * machine more than that.
 */
async function faultOfTokens(
  address: string,
  auth: AuthClientSettings,
  trial: TokenTrial,
  deadline: Deadline,
): Promise<string | undefined> {
  const first = await checkTokens(address, auth, trial, deadline);
  const decided = first.ok || first.cause === 'foreign_token' || first.cause === 'unknown_client';
  const last = decided ? first : await checkTokens(address, auth, trial, deadline);
  return last.ok ? undefined : textOf(last);
}

async function triedServer(
  address: string,
  settings: AuthClientSettings,
  isStaying: boolean,
  deadline: Deadline,
): Promise<Tried> {
  const check = await checkAuthServer(address, settings, deadline);
  return check.ok
    ? { address, isStaying, published: check.published }
    : { address, isStaying, published: [], fault: textOf(check) };
}

/**
 * Of those that stay, one may be foreign to the others already. The keys of this process say which; where it
 * has none, or they are those of nobody here, the first server that works does.
 */
function withoutStrangers(tried: readonly Tried[], lastKeys: KnownKeys): Tried[] {
  const staying = tried.filter((server) => server.isStaying && server.fault === undefined);
  const [first] = staying;
  if (first === undefined) return [...tried];
  const areOurs = staying.some((server) => !isForeign(server, lastKeys));
  const anchor: Reference = areOurs
    ? { of: 'this process', keys: lastKeys }
    : { of: first.address, keys: unionOf([first]) };
  return tried.map((server) => (server.isStaying ? comparedWith(anchor, server) : server));
}

/**
 * Those that stay; where none of them works, those that are left; where they are gone, what this process
 * verified with last.
 */
function referenceOf(
  tried: readonly Tried[],
  left: readonly Tried[],
  lastKeys: KnownKeys,
): Reference | undefined {
  const working = (servers: readonly Tried[]) => servers.filter(({ fault }) => fault === undefined);
  const staying = working(tried.filter(({ isStaying }) => isStaying));
  const [first] = working(tried);
  return [
    { of: staying.map(({ address }) => address).join(', '), keys: unionOf(staying) },
    { of: 'the servers that are served with', keys: unionOf(working(left)) },
    { of: 'this process, which served with them last', keys: lastKeys, areOld: true as const },
    { of: first?.address ?? '', keys: unionOf(first === undefined ? [] : [first]) },
  ].find(({ keys }) => keys.size > 0);
}

/**
 * What a token must verify under. To old keys the first server that has any of them adds the new ones; the
 * others must agree with it.
 */
function keysOfTokens(reference: Reference | undefined, tried: readonly Tried[]): KnownKeys {
  const first = tried.find(({ fault }) => fault === undefined);
  const newer = reference?.areOld && first !== undefined ? unionOf([first]) : [];
  return new Map([...(reference?.keys ?? []), ...newer]);
}

function comparedWith(reference: Reference, server: Tried): Tried {
  if (server.fault !== undefined || !isForeign(server, reference.keys)) return server;
  return {
    ...server,
    fault: `foreign_keys: it publishes keys that share none with those of ${reference.of}`,
  };
}

/** An endpoint of it shares no key. */
function isForeign({ published }: Tried, keys: KnownKeys): boolean {
  return published.some((each) => ![...each.keys()].some((id) => keys.has(id)));
}

function unionOf(servers: readonly Tried[]): KnownKeys {
  return new Map(servers.flatMap(({ published }) => published.flatMap((keys) => [...keys])));
}

function textOf({ cause, detail }: Failure): string {
  return `${cause}: ${detail}`;
}
