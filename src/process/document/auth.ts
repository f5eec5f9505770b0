import { Type } from 'typebox';
import { EndpointType } from '../../config/endpoint.ts';
import { count, flag, milliseconds, seconds, section } from './fields.ts';

const dnsServers = Type.Array(Type.String({ minLength: 1 }), {
  description: 'Name servers, `address` or `address:port`; empty: those of the machine.',
  maxItems: 8,
});

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
    }),
    certificateAuthorities: Type.String({
      description:
        "PEM of the authorities that sign the servers' certificates; empty: those the runtime knows.",
    }),
    dnsServers,
    resolveTimeoutMs: milliseconds('Finding the address of one server.'),
    connectTimeoutMs: milliseconds('Connecting to one address.'),
    tlsTimeoutMs: milliseconds('One TLS handshake.'),
    headersTimeoutMs: milliseconds('From the request to the last header.'),
    bodyTimeoutMs: milliseconds('From the headers to the last byte, however steadily it trickles.'),
    attemptTimeoutMs: milliseconds("One server's share of a call."),
    callTimeoutMs: milliseconds('A whole call, whatever later deadline its caller has.'),
    hedgeAfterMs: milliseconds('A server that has not answered by then is joined by the next one.'),
    maxAttempts: count('Servers asked in one call.', 1, 16),
    keyRefreshSeconds: seconds('How often the keys are fetched in the background.', 1),
    keyStaleSeconds: seconds('Keys are taken for that long after a server last published them.', 1),
    unknownKeyIntervalSeconds: seconds(
      'However many tokens name unknown keys, servers are asked once in it.',
      1,
    ),
    unknownKeyWaitMs: milliseconds('How long a token with an unknown key may wait for that.'),
    revocationRefreshSeconds: seconds('How often the revocations are fetched.', 1),
    clockLeewaySeconds: seconds('How far clocks may be apart.', 0, 300),
    tokens: section(
      {
        tokenLifetimeSeconds: seconds('Lifetime of a token.', 60, 86_400),
        newTokenKillsOld: flag("The vendor's documented rule; many clients fetch a token for every call."),
        keyRotationSeconds: seconds('How long a key signs.', 60),
        keyPublishAheadSeconds: seconds('How long a key is published before it signs.', 1),
      },
      'What the authentication servers issue.',
    ),
  },
  'Authentication: where its servers are, and how long anything may wait for them.',
);
