import type { QueueSettings } from '../settings.ts';

/**
 * Requests that wait for a place: bounded in number and in age. In order of arrival while the queue empties
 * now and then; when it has not been empty for a while, waiting no longer evens out bursts but only makes
 * every answer late: then the newest goes first and the age limit shrinks (CoDel with adaptive LIFO, as
 * Facebook published it).
 */
export interface WaitingQueue<T> {
  readonly length: number;
  /** Takes `item`; returns the one that has to go instead when the queue is full (maybe `item` itself). */
  push(item: T, now: number, maxLength: number): T | undefined;
  /** The next to start. */
  take(now: number, settings: QueueSettings): T | undefined;
  /** Removes those that have waited too long. */
  expire(now: number, settings: QueueSettings): T[];
}

export function createWaitingQueue<T>(): WaitingQueue<T> {
  const waiting: { item: T; since: number }[] = [];
  let notEmptySince = 0;
  const overloaded = (now: number, { overloadedAfterMs }: QueueSettings) =>
    waiting.length > 0 && now - notEmptySince > overloadedAfterMs;
  return {
    get length() {
      return waiting.length;
    },
    push(item, now, maxLength) {
      if (maxLength <= 0) return item;
      if (waiting.length === 0) notEmptySince = now;
      waiting.push({ item, since: now });
      // The oldest is nearest to its age limit: what was spent on it is lost soon anyway.
      return waiting.length > maxLength ? waiting.shift()?.item : undefined;
    },
    take(now, settings) {
      return (overloaded(now, settings) ? waiting.pop() : waiting.shift())?.item;
    },
    expire(now, settings) {
      const maxAgeMs = overloaded(now, settings) ? settings.overloadedMaxAgeMs : settings.maxAgeMs;
      const firstYoung = waiting.findIndex(({ since }) => now - since <= maxAgeMs);
      return waiting.splice(0, firstYoung === -1 ? waiting.length : firstYoung).map(({ item }) => item);
    },
  };
}
