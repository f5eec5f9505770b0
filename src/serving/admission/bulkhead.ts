import type { ProductSettings } from '../settings.ts';
import { initialLimit, limitNow, stepLimit } from './limit.ts';
import { createAppCounts, mayEnter } from './merchants.ts';

/** How a served request ended, as far as its latency says something about the limit. */
export type ServedOutcome = 'answered' | 'failed' | 'deadline';

/** One product's places: how many it has now is learned from the latency of what it answered. */
export interface Bulkhead {
  readonly product: string;
  readonly inFlight: number;
  /** As learned; what holds now is this times the share that slow start and the event-loop guard leave. */
  readonly limit: number;
  freePlaces(share: number): number;
  take(): Place;
}

/** A request's place in its product. Given back once, by `leave`. */
export interface Place {
  /**
   * Counts the request for its app, once it is known; `false`: the app holds its share of the product
   * already.
   */
  enter(appId: string, merchantShare: number): boolean;
  leave(outcome: ServedOutcome): void;
}

const WINDOW_MS = 100;
const QUIET_WINDOW_MS = 1_000;
const WINDOW_SAMPLES = 10;

export function createBulkhead(
  product: string,
  settings: () => ProductSettings,
  now: () => number,
): Bulkhead {
  const apps = createAppCounts();
  let inFlight = 0;
  let state = initialLimit(now());
  let window = emptyWindow(now(), 0);

  function closeWindow(at: number): void {
    const age = at - window.since;
    const full = window.samples >= WINDOW_SAMPLES || window.deadlineExceeded || age >= QUIET_WINDOW_MS;
    if (age < WINDOW_MS || !full) return;
    if (window.samples > 0 || window.deadlineExceeded) {
      const meanLatencyMs = window.samples === 0 ? 0 : window.totalMs / window.samples;
      state = stepLimit(state, { ...window, meanLatencyMs }, settings(), at);
    }
    window = emptyWindow(at, inFlight);
  }

  return {
    product,
    get inFlight() {
      return inFlight;
    },
    get limit() {
      return limitNow(state, settings());
    },
    freePlaces(share) {
      const { minInFlight } = settings();
      const free = Math.max(minInFlight, Math.floor(this.limit * share)) - inFlight;
      if (free <= 0) window.limited = true;
      return Math.max(0, free);
    },
    take() {
      const since = now();
      const limit = this.limit;
      inFlight += 1;
      window.maxInFlight = Math.max(window.maxInFlight, inFlight);
      let app: string | undefined;
      let left = false;
      return {
        enter(appId, merchantShare) {
          if (left || app !== undefined) return true;
          const counts = { ofApp: apps.of(appId), apps: apps.apps, inFlight, limit };
          if (!mayEnter(counts, merchantShare)) return false;
          app = appId;
          apps.add(appId);
          return true;
        },
        leave(outcome) {
          if (left) return;
          left = true;
          inFlight -= 1;
          if (app !== undefined) apps.remove(app);
          const at = now();
          if (outcome === 'deadline') window.deadlineExceeded = true;
          // A fast failure says nothing about how long good work takes.
          if (outcome === 'answered') {
            window.samples += 1;
            window.totalMs += at - since;
          }
          closeWindow(at);
        },
      };
    },
  };
}

function emptyWindow(since: number, maxInFlight: number) {
  return { since, samples: 0, totalMs: 0, maxInFlight, limited: false, deadlineExceeded: false };
}
