/**
 * What counts as slow. "Slow" must mean "slower than before the change", whatever the change says, so the
 * limit comes from the latencies measured while no change was under way, and stands still while one is.
 */
export interface LatencyBaseline {
  /** Judges one answer of a product, and learns from it while nothing changes. */
  isSlow(product: string, tookMs: number): boolean;
}

const REMEMBERED = 512;
/** Fewer latencies than this tell nothing: then nothing is slow but what nearly misses its deadline. */
const ENOUGH = 32;
const QUANTILE = 0.95;
const FACTOR = 2;
/** Below it the noise of a machine is larger than what a client notices. */
const FLOOR_MS = 30;

interface Latencies {
  readonly latest: Float64Array;
  seen: number;
  /** `undefined`: not frozen. */
  limitMs: number | undefined;
}

export function createLatencyBaseline(options: { changing: () => boolean }): LatencyBaseline {
  const products = new Map<string, Latencies>();
  return {
    isSlow(product, tookMs) {
      const known = products.get(product) ?? {
        latest: new Float64Array(REMEMBERED),
        seen: 0,
        limitMs: undefined,
      };
      products.set(product, known);
      if (options.changing()) {
        known.limitMs ??= limitOf(known);
        return tookMs > known.limitMs;
      }
      known.limitMs = undefined;
      known.latest[known.seen++ % REMEMBERED] = tookMs;
      return false;
    },
  };
}

/** Twice the 95th percentile of before; no limit where too little is known. */
function limitOf({ latest, seen }: Latencies): number {
  if (seen < ENOUGH) return Number.POSITIVE_INFINITY;
  const sorted = latest.slice(0, Math.min(seen, REMEMBERED)).sort();
  return Math.max(FLOOR_MS, FACTOR * (sorted[Math.floor(QUANTILE * (sorted.length - 1))] ?? 0));
}
