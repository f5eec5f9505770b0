import {
  type ProductSettings,
  productSettings,
  type QueueSettings,
  type ServingSettings,
} from '../settings.ts';
import type { Operation, RefusalReason } from '../types.ts';
import { type Bulkhead, createBulkhead, type Place, type ServedOutcome } from './bulkhead.ts';
import { type GuardState, initialGuard, stepGuard } from './guard.ts';
import { slowStartShare } from './limit.ts';
import { mayStart, type Priority, priorities } from './priority.ts';
import { createWaitingQueue, type WaitingQueue } from './queue.ts';

export interface AdmissionOptions<T> {
  settings: () => ServingSettings;
  /** Serves the item; its place is given back by `place.leave`. */
  start(item: T, place: Place): void;
  refuse(item: T, reason: RefusalReason): void;
  /** Its client has gone while it waited: refused, though nobody reads it. */
  gone(item: T): boolean;
  /** Monotonic milliseconds. */
  now?: () => number;
  /** Runs work after what is ready to be read has been read. */
  defer?: (work: () => void) => void;
}

export interface Admission<T> {
  /** Ends in exactly one of `start` and `refuse`. */
  arrive(operation: Pick<Operation, 'product' | 'priority'>, item: T): void;
  /** A connection was accepted: there may be more, and the next turn looks for them before it starts work. */
  accepted(): void;
  /** The event loop's p99 delay over the last `windowMs`. */
  eventLoop(delayMs: number, windowMs: number): void;
  products(): { product: string; inFlight: number; limit: number; waiting: number }[];
}

interface Lane<T> {
  bulkhead: Bulkhead;
  queue: WaitingQueue<T>;
}

/**
 * How long the work started in one turn of the event loop may take: in each turn Node accepts one connection
 * and reads those that are ready, so with long turns clients would wait, and time out, in the kernel, where
 * nobody can refuse them.
 */
const TURN_MS = 2;
const MAX_BATCH = 32;
/**
 * Turns in a row that start nothing because connections come in: they are accepted faster than by one a batch
 * of work.
 */
const MAX_SPARED = 8;
const SWEEP_MS = 10;

/**
 * Decides which request starts when. Each waits in the lane of its product and class; lanes start in the
 * order of their class, in turn within it, while the product has a place (its bulkhead) and the process has
 * one for the class. Over the bound of a lane, or older than its age limit, a request is refused.
 */
export function createAdmission<T>(options: AdmissionOptions<T>): Admission<T> {
  const { settings, start, refuse, gone, now = () => performance.now(), defer = setImmediate } = options;
  const bootedAt = now();
  const productSettings = createProductSettings(settings);
  const bulkheads = new Map<string, Bulkhead>();
  const lanes: Record<Priority, Map<string, Lane<T>>> = {
    money: new Map(),
    query: new Map(),
    helper: new Map(),
  };
  const ofClass: Record<Priority, number> = { money: 0, query: 0, helper: 0 };
  let inFlight = 0;
  let waiting = 0;
  let guard: GuardState = initialGuard;
  let turnPlanned = false;
  /** Requests started in one turn: as many as take `TURN_MS`. */
  let batch = 4;
  let batchWasFull = false;
  let lastTurnAt = bootedAt;
  let hasAccepted = false;
  let turnsSpared = 0;
  let sweepPlanned = false;

  function laneOf({ product, priority }: Pick<Operation, 'product' | 'priority'>): Lane<T> {
    const known = lanes[priority].get(product);
    if (known !== undefined) return known;
    let bulkhead = bulkheads.get(product);
    if (bulkhead === undefined) {
      bulkhead = createBulkhead(product, () => productSettings(product), now);
      bulkheads.set(product, bulkhead);
    }
    const lane = { bulkhead, queue: createWaitingQueue<T>() };
    lanes[priority].set(product, lane);
    return lane;
  }

  /** What slow start and the event-loop guard leave of every limit. */
  function share(): number {
    return guard.share * bootShare();
  }

  function bootShare(): number {
    return slowStartShare(now() - bootedAt, settings().slowStartMs);
  }

  /**
   * A process that is still cold has few places and fills them for long: there, waiting does not mean
   * overload yet.
   */
  function patience(): QueueSettings {
    const { queue } = settings();
    const times = 1 / bootShare();
    return times === 1
      ? queue
      : {
          maxAgeMs: queue.maxAgeMs * times,
          overloadedAfterMs: queue.overloadedAfterMs * times,
          overloadedMaxAgeMs: queue.overloadedMaxAgeMs * times,
        };
  }

  function planTurn(): void {
    if (turnPlanned || waiting === 0) return;
    turnPlanned = true;
    defer(turn);
  }

  function turn(): void {
    turnPlanned = false;
    if (hasAccepted && turnsSpared < MAX_SPARED) {
      hasAccepted = false;
      turnsSpared += 1;
      planTurn();
      return;
    }
    turnsSpared = 0;
    const began = now();
    if (batchWasFull)
      batch = began - lastTurnAt > TURN_MS ? Math.max(1, batch >> 1) : Math.min(MAX_BATCH, batch + 1);
    lastTurnAt = began;
    batchWasFull = !startUpTo(batch);
    // After starting what could start: what grew old while the loop stood still may be answered yet.
    expire(began);
    if (batchWasFull) planTurn();
    else planSweep();
  }

  /** Whether nothing more can start now. */
  function startUpTo(most: number): boolean {
    let count = 0;
    for (const priority of priorities) {
      let started = true;
      while (started && waiting > 0) {
        started = false;
        for (const lane of lanes[priority].values()) {
          if (count === most) return false;
          if (!startNext(lane, priority)) continue;
          started = true;
          count += 1;
        }
      }
    }
    return true;
  }

  /** What waits grows old without anything else happening. */
  function planSweep(): void {
    if (sweepPlanned || waiting === 0) return;
    sweepPlanned = true;
    setTimeout(() => {
      sweepPlanned = false;
      planTurn();
    }, SWEEP_MS);
  }

  function startNext({ bulkhead, queue }: Lane<T>, priority: Priority): boolean {
    const limit = Math.max(1, settings().maxInFlight * share());
    while (queue.length > 0) {
      if (bulkhead.freePlaces(share()) === 0) return false;
      if (!mayStart(priority, { inFlight, ofClass: ofClass[priority], limit })) return false;
      const item = queue.take(now(), patience());
      if (item === undefined) return false;
      waiting -= 1;
      if (gone(item)) {
        refuse(item, 'overloaded');
        continue;
      }
      inFlight += 1;
      ofClass[priority] += 1;
      start(item, inProcess(bulkhead.take(), priority));
      return true;
    }
    return false;
  }

  /** A place in the product is also one in the process. */
  function inProcess(place: Place, priority: Priority): Place {
    let left = false;
    return {
      enter: place.enter,
      leave(outcome: ServedOutcome) {
        if (left) return;
        left = true;
        inFlight -= 1;
        ofClass[priority] -= 1;
        place.leave(outcome);
        planTurn();
      },
    };
  }

  function expire(at: number): void {
    for (const priority of priorities) {
      for (const { queue } of lanes[priority].values()) {
        if (queue.length === 0) continue;
        for (const item of queue.expire(at, patience())) {
          waiting -= 1;
          refuse(item, 'overloaded');
        }
      }
    }
  }

  return {
    arrive(operation, item) {
      const product = productSettings(operation.product);
      if (!product.enabled) return refuse(item, 'product_off');
      const { bulkhead, queue } = laneOf(operation);
      // Those that will start in the coming turn do not wait.
      const evicted = queue.push(item, now(), product.maxQueue + bulkhead.freePlaces(share()));
      waiting += 1;
      if (evicted !== undefined) {
        waiting -= 1;
        refuse(evicted, 'overloaded');
      }
      planTurn();
    },
    accepted() {
      hasAccepted = true;
    },
    eventLoop(delayMs, windowMs) {
      guard = stepGuard(guard, { delayMs, windowMs, targetMs: settings().eventLoopDelayTargetMs });
    },
    products() {
      return [...bulkheads.values()].map(({ product, inFlight, limit }) => {
        const queues = priorities.map((priority) => lanes[priority].get(product)?.queue.length ?? 0);
        return { product, inFlight, limit, waiting: queues.reduce((sum, length) => sum + length, 0) };
      });
    },
  };
}

/** A product's settings with the defaults filled in; made once for each release, not for each request. */
export function createProductSettings(settings: () => ServingSettings): (product: string) => ProductSettings {
  let of: ServingSettings | undefined;
  let filled = new Map<string, ProductSettings>();
  return (product) => {
    const current = settings();
    if (current !== of) {
      of = current;
      filled = new Map();
    }
    let found = filled.get(product);
    if (found === undefined) {
      found = productSettings(current, product);
      filled.set(product, found);
    }
    return found;
  };
}
