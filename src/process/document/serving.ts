import { type Static, Type } from 'typebox';
import type { Finding } from '../../config/check/finding.ts';
import { productNames } from '../../mpesa/catalogue.ts';
import { bytes, count, flag, milliseconds, ownOf, seconds, section } from '../../platform/settings.ts';
import { unless } from './relation.ts';

const product = {
  enabled: flag("The product's switch: off is refused at once, in the product's own error form."),
  deadlineMs: milliseconds('From the last byte of a request to its answer.', 100, 60_000),
  minInFlight: count('The adaptive limit is never below it.', 1, 10_000),
  maxInFlight: count('The adaptive limit is never above it.', 1, 10_000),
  latencyTolerance: Type.Number({
    description: 'The limit grows while the latency is within this many times the unloaded one.',
    minimum: 1,
    maximum: 10,
  }),
  maxQueue: count('Requests that may wait for a place.', 0, 10_000),
};

export const serving = section(
  {
    maxInFlight: count('Requests served at once by one process, over all products.', 1, 10_000),
    product: section(product, 'What each product has unless `products` says otherwise.'),
    // A switch for a product that does not exist would switch nothing.
    products: ownOf({ names: productNames, noun: 'products' }, product, 'What one product has of its own.'),
    queue: section(
      {
        maxAgeMs: milliseconds('A request waits no longer for a place.', 1, 10_000),
        overloadedAfterMs: milliseconds(
          'A queue not empty for this long is overloaded: newest first.',
          1,
          10_000,
        ),
        overloadedMaxAgeMs: milliseconds('The longest wait in an overloaded queue.', 1, 10_000),
      },
      'How long a request may wait for a place (CoDel).',
    ),
    quota: section(
      {
        spikePerSecond: count('Requests a second of one app to one product, lasting.', 1, 1_000_000),
        spikeBurst: count('… and at once.', 1, 1_000_000),
        quotaRequests: count('Requests in a window that begins with the first of them.', 1, 1_000_000_000),
        quotaWindowMs: milliseconds('That window.', 1_000, 2_678_400_000),
        maxAllowances: count('Allowances remembered by a process; read at start.', 100, 1_000_000),
      },
      'Spike arrest and quota of one app, counted by each process alone.',
    ),
    slowStartMs: milliseconds('After boot the limits grow from a quarter to the whole over this time.', 0),
    eventLoopDelayTargetMs: milliseconds(
      "The guard lowers the limits while the event loop's p99 delay is above it.",
      10,
      10_000,
    ),
    merchantShare: Type.Number({
      description: "Share of a busy product's limit that one app may hold while others are present.",
      minimum: 0.01,
      maximum: 1,
    }),
    retryAfterSeconds: seconds('Told to refused clients, with jitter.', 1, 3_600),
    limits: section(
      {
        maxConnections: count('Connections one process accepts.', 16),
        headerBytes: bytes('Header of one request; read at start.', 4_096),
        bodyBytes: bytes('Body of one request; read at start.', 4_096),
        headersTimeoutMs: milliseconds(
          'From the first byte of a request to the last of its header.',
          500,
          120_000,
        ),
        requestTimeoutMs: milliseconds('… to the last of its body.', 500, 120_000),
        keepAliveMs: milliseconds('A connection without a request is closed after this.', 100),
        maxRequestsPerConnection: count('Then a balancer may place the client anew.', 1, 1_000_000),
        checkEveryMs: milliseconds('How often slow clients are looked for; read at start.', 100, 30_000),
      },
      'What one client may take from the process before a request exists.',
    ),
  },
  'Serving: what one process takes on at once, and what it does with the rest.',
);

type Serving = Static<typeof serving>;

export function servingRelations(settings: Serving): Finding[] {
  const { queue, limits, maxInFlight } = settings;
  return [
    ...productRelations(settings),
    ...unless(settings.product.minInFlight <= maxInFlight, {
      path: ['serving', 'maxInFlight'],
      reason: `is below product.minInFlight (${settings.product.minInFlight}), which one product may always have`,
      advice: 'raise it',
    }),
    ...unless(queue.overloadedMaxAgeMs <= queue.maxAgeMs, {
      path: ['serving', 'queue', 'overloadedMaxAgeMs'],
      reason: `is above maxAgeMs (${queue.maxAgeMs}): requests would wait longer under overload than without`,
      advice: 'lower it',
    }),
    ...unless(limits.headersTimeoutMs <= limits.requestTimeoutMs, {
      path: ['serving', 'limits', 'headersTimeoutMs'],
      reason: `is above requestTimeoutMs (${limits.requestTimeoutMs}), which it is a part of`,
      advice: 'lower it',
    }),
  ];
}

/** Of what all products have, and of each that has something of its own. */
function productRelations({ product, products, queue }: Serving): Finding[] {
  return Object.entries({ '': {}, ...products }).flatMap(([name, own]): Finding[] => {
    const { minInFlight, maxInFlight, deadlineMs } = { ...product, ...own };
    const path = (key: string) => (name === '' ? ['serving', 'product', key] : ['serving', 'products', name]);
    return [
      ...unless(minInFlight <= maxInFlight, {
        path: path('minInFlight'),
        reason: `minInFlight (${minInFlight}) is above maxInFlight (${maxInFlight})`,
        advice: 'lower minInFlight',
      }),
      ...unless(queue.maxAgeMs < deadlineMs, {
        path: path('deadlineMs'),
        reason: `deadlineMs (${deadlineMs}) is not above queue.maxAgeMs (${queue.maxAgeMs}): a request could wait for its whole time`,
        advice: 'raise it, or let requests wait less',
      }),
    ];
  });
}
