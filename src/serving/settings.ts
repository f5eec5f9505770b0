/**
 * What serving needs from a release. Read again for each decision, except `limits.headerBytes`, `limits.bodyBytes` and
 * `limits.checkEveryMs`, which the HTTP parser takes at start. A release hands out one object for as long as it lasts.
 */
export interface ServingSettings {
  /** Requests served at once by one process, over all products. The event-loop guard lowers it, never raises it. */
  maxInFlight: number;
  /** What each product has unless `products` says otherwise. */
  product: ProductSettings;
  products: Readonly<Record<string, Partial<ProductSettings>>>;
  queue: QueueSettings;
  /** After boot the limits grow from a quarter to the whole over this time. */
  slowStartMs: number;
  /** The guard lowers the limits while the event loop's p99 delay is above this. */
  eventLoopDelayTargetMs: number;
  /** Share of a busy product's limit that one merchant's app may hold while others are present (0–1). */
  merchantShare: number;
  /** Told to refused clients in `Retry-After`, with up to two seconds of jitter so that they do not return together. */
  retryAfterSeconds: number;
  limits: ConnectionLimits;
}

/** One product's bulkhead. */
export interface ProductSettings {
  /** The product's switch: off is answered at once, in the product's own error form. */
  enabled: boolean;
  /** From the last byte of a request to its answer. */
  deadlineMs: number;
  /** The adaptive limit moves between these. */
  minInFlight: number;
  maxInFlight: number;
  /** The limit grows while the latency is within this many times the unloaded one. */
  latencyTolerance: number;
  /** Requests that may wait for a place. */
  maxQueue: number;
}

/** How long a request may wait for a place (CoDel): briefly, and more briefly once the wait has become a habit. */
export interface QueueSettings {
  maxAgeMs: number;
  /** A queue not empty for this long is overloaded: newest first, and `overloadedMaxAgeMs` holds. */
  overloadedAfterMs: number;
  overloadedMaxAgeMs: number;
}

/** What one client may take from the process before a request exists. */
export interface ConnectionLimits {
  maxConnections: number;
  headerBytes: number;
  bodyBytes: number;
  /** From the first byte of a request to the last of its header, and of its body. */
  headersTimeoutMs: number;
  requestTimeoutMs: number;
  /** A connection without a request is closed after this; a longer wait belongs to the client. */
  keepAliveMs: number;
  maxRequestsPerConnection: number;
  /** How often slow clients are looked for. */
  checkEveryMs: number;
}

/** What holds for one product. */
export function productSettings({ product, products }: ServingSettings, name: string): ProductSettings {
  return { ...product, ...products[name] };
}

export const defaultServingSettings: ServingSettings = {
  maxInFlight: 256,
  product: {
    enabled: true,
    deadlineMs: 10_000,
    minInFlight: 4,
    maxInFlight: 128,
    latencyTolerance: 3,
    maxQueue: 128,
  },
  products: {},
  queue: { maxAgeMs: 100, overloadedAfterMs: 100, overloadedMaxAgeMs: 20 },
  slowStartMs: 5_000,
  eventLoopDelayTargetMs: 50,
  merchantShare: 0.5,
  retryAfterSeconds: 1,
  limits: {
    maxConnections: 2_000,
    headerBytes: 16_384,
    bodyBytes: 65_536,
    headersTimeoutMs: 5_000,
    requestTimeoutMs: 10_000,
    keepAliveMs: 5_000,
    maxRequestsPerConnection: 10_000,
    checkEveryMs: 1_000,
  },
};
