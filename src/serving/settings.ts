import { type Static, Type } from 'typebox';
import {
  builtIn,
  bytes,
  count,
  defaultsOf,
  flag,
  milliseconds,
  ownOf,
  seconds,
  section,
} from '../platform/settings.ts';
import { quotaSettings } from './admission/quota.ts';

/** One product's bulkhead. */
const product = {
  enabled: builtIn(
    true,
    flag("The product's switch: off is refused at once, in the product's own error form."),
  ),
  deadlineMs: builtIn(10_000, milliseconds('From the last byte of a request to its answer.', 100, 60_000)),
  minInFlight: builtIn(4, count('The adaptive limit is never below it.', 1, 10_000)),
  maxInFlight: builtIn(128, count('The adaptive limit is never above it.', 1, 10_000)),
  latencyTolerance: builtIn(
    3,
    Type.Number({
      description: 'The limit grows while the latency is within this many times the unloaded one.',
      minimum: 1,
      maximum: 10,
    }),
  ),
  maxQueue: builtIn(128, count('Requests that may wait for a place.', 0, 10_000)),
};

const productSection = section(product, 'What each product has unless `products` says otherwise.');

/** CoDel: a request may wait briefly, and more briefly once the wait has become a habit. */
const queue = section(
  {
    maxAgeMs: builtIn(100, milliseconds('A request waits no longer for a place.', 1, 10_000)),
    overloadedAfterMs: builtIn(
      100,
      milliseconds('A queue not empty for this long is overloaded: newest first.', 1, 10_000),
    ),
    overloadedMaxAgeMs: builtIn(20, milliseconds('The longest wait in an overloaded queue.', 1, 10_000)),
  },
  'How long a request may wait for a place (CoDel).',
);

const limits = section(
  {
    maxConnections: builtIn(2_000, count('Connections one process accepts.', 16)),
    headerBytes: builtIn(16_384, bytes('Header of one request; read at start.', 4_096)),
    bodyBytes: builtIn(65_536, bytes('Body of one request; read at start.', 4_096)),
    headersTimeoutMs: builtIn(
      5_000,
      milliseconds('From the first byte of a request to the last of its header.', 500, 120_000),
    ),
    requestTimeoutMs: builtIn(10_000, milliseconds('… to the last of its body.', 500, 120_000)),
    // A longer wait belongs to the client.
    keepAliveMs: builtIn(5_000, milliseconds('A connection without a request is closed after this.', 100)),
    maxRequestsPerConnection: builtIn(
      10_000,
      count('Then a balancer may place the client again.', 1, 1_000_000),
    ),
    checkEveryMs: builtIn(
      1_000,
      milliseconds('How often slow clients are looked for; read at start.', 100, 30_000),
    ),
  },
  'What one client may take from the process before a request exists.',
);

/**
 * What serving needs from a release, for an API of these products: a switch for one that does not exist would
 * switch nothing. Read again for each decision, but for what says that it is read at start. A release hands
 * out one object for as long as it lasts.
 */
export function servingSettings<Name extends string>(products: readonly Name[]) {
  return section(
    {
      // The event-loop guard lowers it, never raises it.
      maxInFlight: builtIn(
        256,
        count('Requests served at once by one process, over all products.', 1, 10_000),
      ),
      product: productSection,
      products: builtIn(
        {},
        ownOf({ names: products, noun: 'products' }, product, 'What one product has of its own.'),
      ),
      queue,
      quota: quotaSettings,
      slowStartMs: builtIn(
        5_000,
        milliseconds('After boot the limits grow from a quarter to the whole over this time.', 0),
      ),
      eventLoopDelayTargetMs: builtIn(
        50,
        milliseconds("The guard lowers the limits while the event loop's p99 delay is above it.", 10, 10_000),
      ),
      merchantShare: builtIn(
        0.5,
        Type.Number({
          description: "Share of a busy product's limit that one app may hold while others are present.",
          minimum: 0.01,
          maximum: 1,
        }),
      ),
      // With up to two seconds of jitter, so that they do not return together.
      retryAfterSeconds: builtIn(1, seconds('Told to refused clients, with jitter.', 1, 3_600)),
      limits,
    },
    'Serving: what one process takes on at once, and what it does with the rest.',
  );
}

export type ServingSettings = Omit<Static<ReturnType<typeof servingSettings<string>>>, 'quota'>;
export type ProductSettings = Static<typeof productSection>;
export type QueueSettings = Static<typeof queue>;
export type ConnectionLimits = Static<typeof limits>;

export const defaultServingSettings: ServingSettings = defaultsOf(servingSettings<string>([]));

/** What holds for one product. */
export function productSettings({ product, products }: ServingSettings, name: string): ProductSettings {
  return { ...product, ...products[name] };
}
