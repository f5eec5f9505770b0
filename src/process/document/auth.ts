import { type Static, Type } from 'typebox';
import type { Finding } from '../../config/check/problem.ts';
import { EndpointType } from '../../config/endpoint.ts';
import {
  count,
  flag,
  milliseconds,
  nameServers,
  PEM_CHARS,
  seconds,
  section,
} from '../../platform/settings.ts';
import { unless } from './relation.ts';

const DAY = 86_400;

export const auth = section(
  {
    servers: Type.Array(
      EndpointType(
        { kind: 'auth', protocols: ['http:', 'https:', 'http+srv:', 'https+srv:'] },
        { description: 'IP, host name or SRV name.' },
      ),
      { description: 'Addresses of the authentication servers.', minItems: 1, maxItems: 16 },
    ),
    issuer: Type.String({
      description: 'Whose tokens are taken; no two environments share it.',
      minLength: 1,
      maxLength: 200,
    }),
    certificateAuthorities: Type.String({
      description:
        "PEM of the authorities that sign the servers' certificates; empty: those the runtime knows.",
      maxLength: PEM_CHARS,
    }),
    dnsServers: nameServers('Name servers, `address` or `address:port`; empty: those of the machine.'),
    resolveTimeoutMs: milliseconds('Finding the address of one server.', 10, 30_000),
    connectTimeoutMs: milliseconds('Connecting to one address.', 10, 30_000),
    tlsTimeoutMs: milliseconds('One TLS handshake.', 10, 30_000),
    headersTimeoutMs: milliseconds('From the request to the last header.', 10, 30_000),
    bodyTimeoutMs: milliseconds(
      'From the headers to the last byte, however steadily it trickles.',
      10,
      30_000,
    ),
    attemptTimeoutMs: milliseconds("One server's share of a call.", 10, 60_000),
    callTimeoutMs: milliseconds('A whole call, whatever later deadline its caller has.', 10, 60_000),
    hedgeAfterMs: milliseconds(
      'A server that has not answered by then is joined by the next one.',
      1,
      60_000,
    ),
    maxAttempts: count('Servers asked in one call.', 1, 16),
    keyRefreshSeconds: seconds('How often the keys are fetched in the background.', 1, 3_600),
    keyStaleSeconds: seconds(
      'Keys are taken for that long after a server last published them.',
      60,
      30 * DAY,
    ),
    unknownKeyIntervalSeconds: seconds(
      'However many tokens name unknown keys, servers are asked once in it.',
      1,
      3_600,
    ),
    unknownKeyWaitMs: milliseconds('How long a token with an unknown key may wait for that.', 1, 10_000),
    revocationRefreshSeconds: seconds('How often the revocations are fetched.', 1, 3_600),
    clockLeewaySeconds: seconds('How far clocks may be apart.', 0, 300),
    tokens: section(
      {
        tokenLifetimeSeconds: seconds('Lifetime of a token.', 60, 86_400),
        newTokenKillsOld: flag("The vendor's documented rule; many clients fetch a token for every call."),
        keyRotationSeconds: seconds('How long a key signs.', 3_600, 365 * DAY),
        keyPublishAheadSeconds: seconds(
          'How long a key is published before it signs: several fetches of the slowest client.',
          10,
          7 * DAY,
        ),
      },
      'What the authentication servers issue.',
    ),
  },
  'Authentication: where its servers are, and how long anything may wait for them.',
);

/**
 * What a client waits between two fetches, at most: the interval, its chance, and a fetch that fails once.
 */
const longestFetchSeconds = (everySeconds: number) => 1.2 * everySeconds + 10;
/** The client takes no more keys of a server, and a key is published for this long after it signed last. */
const MOST_KEYS = 64;
const PUBLISHED_AFTER_SECONDS = DAY + 3_600;

export function authRelations(settings: Static<typeof auth>): Finding[] {
  const { keyRefreshSeconds, keyStaleSeconds, attemptTimeoutMs, callTimeoutMs, tokens } = settings;
  const { keyRotationSeconds, keyPublishAheadSeconds } = tokens;
  const published = (PUBLISHED_AFTER_SECONDS + keyPublishAheadSeconds) / keyRotationSeconds + 2;
  return [
    ...unless(attemptTimeoutMs <= callTimeoutMs, {
      path: ['auth', 'attemptTimeoutMs'],
      reason: `is above callTimeoutMs (${callTimeoutMs}): one server would take the whole call`,
      advice: 'lower it',
    }),
    ...unless(keyPublishAheadSeconds >= 2 * longestFetchSeconds(keyRefreshSeconds), {
      path: ['auth', 'tokens', 'keyPublishAheadSeconds'],
      reason: `is below two fetches of the keys (keyRefreshSeconds is ${keyRefreshSeconds}): tokens would be signed with a key that instances do not have`,
      advice: `make it at least ${Math.ceil(2 * longestFetchSeconds(keyRefreshSeconds))}, or fetch the keys more often`,
    }),
    ...unless(keyRotationSeconds >= keyPublishAheadSeconds, {
      path: ['auth', 'tokens', 'keyRotationSeconds'],
      reason: `is below keyPublishAheadSeconds (${keyPublishAheadSeconds}): keys would end before they are known`,
      advice: 'raise it',
    }),
    ...unless(published <= MOST_KEYS, {
      path: ['auth', 'tokens', 'keyRotationSeconds'],
      reason: `would publish ${Math.ceil(published)} keys at once, where instances take ${MOST_KEYS}`,
      advice: 'raise it',
    }),
    ...unless(keyStaleSeconds >= 3 * longestFetchSeconds(keyRefreshSeconds), {
      path: ['auth', 'keyStaleSeconds'],
      reason: `is below three fetches of the keys (keyRefreshSeconds is ${keyRefreshSeconds}): good keys would be dropped between two fetches`,
      advice: `make it at least ${Math.ceil(3 * longestFetchSeconds(keyRefreshSeconds))}, or fetch the keys more often`,
    }),
  ];
}
