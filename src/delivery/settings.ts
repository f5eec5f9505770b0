import { type Static, Type } from 'typebox';
import {
  builtIn,
  count,
  defaultsOf,
  flag,
  milliseconds,
  nameServers,
  PEM_CHARS,
  seconds,
  section,
} from '../platform/settings.ts';

/** What a callback may be sent to: asked of an address when it is named, and again when it is called. */
export const targetRules = {
  allowPlainHttp: builtIn(false, flag('`http:` beside `https:`.')),
  allowPrivateTargets: builtIn(
    false,
    flag('Private and loopback addresses at any port: for the local profile only.'),
  ),
  allowedPorts: builtIn(
    [80, 443, 8080, 8443],
    Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
      description: 'Ports a public receiver may listen on.',
      maxItems: 64,
    }),
  ),
};

/**
 * How callbacks are delivered: as built in, by one attempt of 10 s to public receivers, as the vendor does.
 */
export const deliverySettings = section(
  {
    ...targetRules,
    attemptTimeoutMs: builtIn(
      10_000,
      milliseconds('One deadline over resolving, connecting, TLS, headers and body.', 100, 60_000),
    ),
    retryAfterSeconds: builtIn(
      [],
      Type.Array(Type.Integer({ minimum: 0, maximum: 604_800 }), {
        description: 'Wait before each further attempt; empty: one attempt, as the vendor does.',
        maxItems: 32,
      }),
    ),
    retryJitter: builtIn(
      0,
      Type.Number({ minimum: 0, maximum: 1, description: 'Share of each wait that is left to chance.' }),
    ),
    maxRetryAfterSeconds: builtIn(
      3_600,
      seconds("A receiver's `Retry-After` is honoured up to this.", 0, 604_800),
    ),
    maxConcurrent: builtIn(512, count('Attempts in flight at once in one process.', 1, 10_000)),
    // Of a host that answers, once it has earned them; any other gets 1 (see `Shares`).
    maxConcurrentPerHost: builtIn(256, count('… of which to one host.', 1, 10_000)),
    // When nobody calls `wake`.
    pollMs: builtIn(200, milliseconds('How often the database is asked for due callbacks.', 10, 60_000)),
    dnsServers: builtIn([], nameServers('Name servers; empty: those of the machine.')),
    ca: builtIn(
      null,
      Type.Union([Type.String({ maxLength: PEM_CHARS }), Type.Null()], {
        description: 'PEM of an authority to trust instead of the public ones.',
      }),
    ),
  },
  'Callbacks.',
);

export type DeliverySettings = Static<typeof deliverySettings>;

export type TargetRules = Pick<DeliverySettings, keyof typeof targetRules>;

/** How one attempt is made. */
export type SendRules = TargetRules & Pick<DeliverySettings, 'attemptTimeoutMs' | 'dnsServers' | 'ca'>;

/** How often and when a callback is attempted again. */
export type RetryRules = Pick<DeliverySettings, 'retryAfterSeconds' | 'retryJitter' | 'maxRetryAfterSeconds'>;

export const defaultDeliverySettings = defaultsOf(deliverySettings);
