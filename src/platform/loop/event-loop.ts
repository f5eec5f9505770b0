import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

export interface EventLoopReading {
  /** p99 over the window of how long one turn of the loop took. */
  delayP99Ms: number;
  /** Share of the window in which the loop was busy, 0–1. */
  utilization: number;
  windowMs: number;
}

/** Reads the event loop every `everyMs` over just that time: an average since boot would notice nothing. */
export function watchEventLoop(everyMs: number, onReading: (reading: EventLoopReading) => void): Disposable {
  const delay = monitorEventLoopDelay({ samplePerIteration: true });
  delay.enable();
  let before = performance.eventLoopUtilization();
  let readAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const used = performance.eventLoopUtilization();
    onReading({
      delayP99Ms: delay.count === 0 ? 0 : delay.percentile(99) / 1e6,
      utilization: performance.eventLoopUtilization(used, before).utilization,
      windowMs: now - readAt,
    });
    before = used;
    readAt = now;
    delay.reset();
  }, everyMs).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      delay.disable();
    },
  };
}
